import type {JsonObject} from './json.ts';

/** An error answer of the API: a status and a body with a `type`. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: JsonObject | undefined;
  readonly headers: Record<string, string>;

  constructor(status: number, body?: JsonObject, headers: Record<string, string> = {}) {
    super(`${status} ${JSON.stringify(body ?? null)}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export interface ArgumentProblem {
  argument_name: string;
  reason: 'required' | 'constraint' | 'format' | 'unknown';
  help_message: string;
}

export function notFound(resource: string, resourceId: string): ApiError {
  return new ApiError(404, {
    type: 'not_found',
    message: 'resource is not found',
    resource,
    resource_id: resourceId,
  });
}

/** What the Instance API answered for anything unknown until 2023. */
export function unknownResource(resourceId: string): ApiError {
  return new ApiError(404, {type: 'unknown_resource', message: `"${resourceId}" not found`});
}

export function expired(resource: string, resourceId: string, since: string): ApiError {
  return new ApiError(410, {
    expired_since: since,
    message: 'resource has expired',
    resource,
    resource_id: resourceId,
    type: 'expired',
  });
}

export function invalidArguments(...problems: ArgumentProblem[]): ApiError {
  return new ApiError(400, {
    type: 'invalid_arguments',
    message: 'invalid argument(s)',
    details: problems.map(problem => ({...problem})),
  });
}

/** 400 from the Instance API, 412 from the Block API. */
export function preconditionFailed(api: 'instance' | 'block', precondition: string, helpMessage: string): ApiError {
  return new ApiError(api === 'instance' ? 400 : 412, {
    help_message: helpMessage,
    message: 'precondition is not respected',
    precondition,
    type: 'precondition_failed',
  });
}

export function deniedAuthentication(reason: string): ApiError {
  return new ApiError(401, {
    message: 'authentication is denied',
    method: 'api_key',
    reason,
    type: 'denied_authentication',
  });
}

export function permissionsDenied(action: string, resource: string): ApiError {
  return new ApiError(403, {
    details: [{action, resource}],
    message: 'insufficient permissions',
    type: 'permissions_denied',
  });
}

export function quotasExceeded(resource: string, numbers?: {quota: number; current: number}): ApiError {
  return new ApiError(403, {
    details: [{...numbers, resource}],
    message: 'quota(s) exceeded for this resource',
    type: 'quotas_exceeded',
  });
}

export function transientState(resource: string, resourceId: string, currentState: string): ApiError {
  return new ApiError(409, {
    current_state: currentState,
    message: 'resource is in a transient state',
    resource,
    resource_id: resourceId,
    type: 'transient_state',
  });
}

export function outOfStock(resource: string): ApiError {
  return new ApiError(503, {message: 'resource is out of stock', resource, type: 'out_of_stock'});
}

export function serverError(): ApiError {
  return new ApiError(500, {message: 'Internal error', type: 'server_error'});
}

/** No body, no Content-Type, no Retry-After: only this header tells. */
export function rateLimited(): ApiError {
  return new ApiError(429, undefined, {'X-Envoy-Ratelimited': 'true'});
}
