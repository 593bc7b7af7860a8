import {type Handler, noContent, ok, param} from './api-call.ts';
import {ApiError} from './errors.ts';
import {findServer} from './instance-lookup.ts';

const TEXT = 'text/plain';

export const listUserData: Handler = call => ok({user_data: [...findServer(call).userData.keys()].sort()});

/** A key that was never set: 404 without a body. */
export const getUserData: Handler = call => {
  const text = findServer(call).userData.get(param(call, 'key'));
  if (text === undefined) throw new ApiError(404, undefined, {'Content-Type': TEXT});
  return {status: 200, text, contentType: TEXT};
};

export const setUserData: Handler = call => {
  findServer(call).userData.set(param(call, 'key'), call.rawBody);
  return noContent(TEXT);
};

export const deleteUserData: Handler = call => {
  const server = findServer(call);
  if (!server.userData.delete(param(call, 'key'))) throw new ApiError(404, undefined, {'Content-Type': TEXT});
  return noContent();
};
