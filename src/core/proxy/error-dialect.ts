import type {EndpointTraits} from './endpoints.ts';
import type {OpenAiError} from './openai-error.ts';
import {openAiErrorBody} from './openai-error.ts';

/** The error as clients of this endpoint read it. */
export function errorBody(error: OpenAiError, dialect: EndpointTraits['dialect'], requestId: string): string {
  return dialect === 'openai' ? openAiErrorBody(error) : anthropicErrorBody(error, requestId);
}

/** The event that ends a stream which failed, as the official client of its kind turns into an exception. */
export function errorEvent(error: OpenAiError, stream: NonNullable<EndpointTraits['stream']>): string {
  if (stream === 'chunks') return `data: ${openAiErrorBody(error)}\n\n`;
  if (stream === 'messages') return `event: error\ndata: ${anthropicErrorBody(error, null)}\n\n`;
  const {message, type, param, code} = error;
  return `event: error\ndata: ${JSON.stringify({type: 'error', code, message, param, error: {message, type, param, code}})}\n\n`;
}

/** https://docs.anthropic.com/en/api/errors */
const anthropicTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

function anthropicErrorBody({status, message}: OpenAiError, requestId: string | null): string {
  const type = anthropicTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return JSON.stringify({type: 'error', error: {type, message}, ...(requestId !== null && {request_id: requestId})});
}
