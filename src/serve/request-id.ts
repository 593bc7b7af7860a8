const acceptable = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's own request id where it is harmless to repeat, else null. */
export function acceptedRequestId(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && acceptable.test(header) ? header : null;
}
