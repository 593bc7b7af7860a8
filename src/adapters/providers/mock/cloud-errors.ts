import type {ErrorCode} from '../../../core/errors.ts';
import {InventivError} from '../../../core/errors.ts';
import type {CloudErrorBody, CloudErrorType} from './wire.ts';

const codeByType: Record<CloudErrorType, ErrorCode> = {
  not_found: 'not_found',
  invalid_arguments: 'invalid_input',
  precondition_failed: 'conflict',
  denied_authentication: 'provider_auth',
  permissions_denied: 'provider_auth',
  quotas_exceeded: 'quota_exceeded',
  out_of_stock: 'no_capacity',
  too_many_requests: 'provider_unavailable',
  server_error: 'provider_unavailable',
};

/** The cloud's refusal as a catalogued error; `detailCode` is the precondition, or else the cloud's own type. */
export function refusalError(status: number, body: unknown): InventivError {
  if (!isErrorBody(body)) {
    return unavailable(`expected an answer of the mock cloud, got HTTP ${status} without one.`, 'server_error');
  }
  const code = codeByType[body.type];
  return new InventivError(code, `mock cloud: ${body.message}.`, {
    detailCode: body.precondition ?? body.type,
    retryable: code === 'provider_unavailable' || code === 'conflict',
    ...(body.resource === undefined ? {} : {param: body.resource}),
  });
}

/** No answer, or a broken one: what was asked may or may not have happened. */
export function unavailable(message: string, detailCode: string, cause?: unknown): InventivError {
  return new InventivError('provider_unavailable', message, {detailCode, retryable: true, cause});
}

/** The value, or null when the cloud says that it does not exist. */
export async function orNull<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (isRefusal(error, 'not_found')) return null;
    throw error;
  }
}

export function isRefusal(error: unknown, detailCode: string): boolean {
  return error instanceof InventivError && error.detailCode === detailCode;
}

function isErrorBody(body: unknown): body is CloudErrorBody {
  return (
    typeof body === 'object' &&
    body !== null &&
    'type' in body &&
    typeof body.type === 'string' &&
    body.type in codeByType
  );
}
