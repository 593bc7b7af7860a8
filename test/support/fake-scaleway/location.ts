import type {ApiCall} from './api-call.ts';

/** Where the thing just created is, as the Instance API tells in a 201. */
export function locationHeader(call: ApiCall, id: string): Record<string, string> {
  return {Location: `https://api.scaleway.com${call.path}/${id}`};
}
