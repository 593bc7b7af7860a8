import * as errors from './errors.ts';
import type {Fault} from './faults.ts';
import {isUuid} from './ids.ts';
import {numberOf, stringOf} from './json.ts';

/** What a struck call answers with. */
export type FaultAnswer =
  | {do: 'throw'; error: errors.ApiError}
  | {do: 'text'; status: number; text: string; contentType: string}
  | {do: 'hang'}
  | {do: 'reset'}
  | {do: 'wait'; delayMs: number};

const DEFAULT_SLOW_MS = 2_000;

const VERBS: Record<string, string> = {GET: 'read', POST: 'create', PATCH: 'update', PUT: 'update', DELETE: 'delete'};

export function faultAnswer(fault: Fault, method: string, path: string): FaultAnswer {
  const text = (name: string): string | undefined => stringOf(fault.settings[name]);
  const number = (name: string): number | undefined => numberOf(fault.settings[name]);
  const resource = text('resource') ?? resourceOf(path);
  switch (fault.kind) {
    case 'denied_authentication':
      return thrown(errors.deniedAuthentication(text('reason') ?? 'not_found'));
    case 'permissions_denied':
      return thrown(errors.permissionsDenied(text('action') ?? VERBS[method] ?? 'read', resource));
    case 'quotas_exceeded': {
      const quota = number('quota');
      const numbers = quota === undefined ? undefined : {quota, current: number('current') ?? quota};
      return thrown(errors.quotasExceeded(resource, numbers));
    }
    case 'out_of_stock':
      return thrown(errors.outOfStock(resource));
    case 'rate_limited':
      return thrown(errors.rateLimited());
    case 'server_error':
      return thrown(errors.serverError());
    case 'transient_state':
      return thrown(errors.transientState(resource, idOf(path), text('current_state') ?? 'updating'));
    case 'not_found':
      return thrown(errors.notFound(resource, idOf(path)));
    case 'bad_gateway': {
      const status = number('status') ?? 502;
      return {
        do: 'text',
        status,
        text: `<html><body>${status} upstream failed</body></html>`,
        contentType: 'text/html',
      };
    }
    case 'malformed_json':
      return {do: 'text', status: 200, text: '{"server": {"id": "12', contentType: 'application/json'};
    case 'connection_reset':
      return {do: 'reset'};
    case 'slow':
      return {do: 'wait', delayMs: number('delayMs') ?? DEFAULT_SLOW_MS};
    default:
      return {do: 'hang'};
  }
}

function thrown(error: errors.ApiError): FaultAnswer {
  return {do: 'throw', error};
}

/** The kind of thing a path is about, as errors name it: `server`, `volume`, `api_key`. */
function resourceOf(path: string): string {
  const words = path.split('/').filter(part => /^[a-z][a-z_-]*s$/.test(part));
  return (words.at(-1) ?? 'resource').replaceAll('-', '_').replace(/s$/, '');
}

function idOf(path: string): string {
  return path.split('/').findLast(isUuid) ?? '';
}
