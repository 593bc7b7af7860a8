/**
 * Old answers the API no longer gives. The fake speaks today's API; a recording of another year is replayed against
 * the API of that year.
 */
export interface Era {
  /** 404 of the Instance API: `unknown_resource` with only a message until 2023, `not_found` with the resource since. */
  instanceNotFound: 'not_found' | 'unknown_resource';
  /** Deleting a Block resource twice: 410 `expired` in 2023, 404 `not_found` since. */
  deletedTwice: 'not_found' | 'expired';
  /** Servers named the kernel they booted until 2023; the field is null since. */
  bootscript: boolean;
}

export const TODAY: Era = {instanceNotFound: 'not_found', deletedTwice: 'not_found', bootscript: false};
