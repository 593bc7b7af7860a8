import type {ServerResponse} from 'node:http';
import type {EndpointTraits} from '../core/proxy/endpoints.ts';
import {errorBody} from '../core/proxy/error-dialect.ts';
import type {OpenAiError} from '../core/proxy/openai-error.ts';

const retryAfterDefaultMs = 1000;

type Dialect = EndpointTraits['dialect'];

/** Answers with an error in the endpoint's shape. Nothing may have been sent before; a departed client is fine. */
export function sendError(response: ServerResponse, error: OpenAiError, dialect: Dialect): void {
  if (response.headersSent || response.destroyed) return;
  const body = errorText(response, error, dialect);
  response.writeHead(error.status, {...errorHeaders(error), 'content-length': Buffer.byteLength(body)});
  response.end(body);
}

/** The body, with the request id that the response carries. */
export function errorText(response: ServerResponse, error: OpenAiError, dialect: Dialect): string {
  return errorBody(error, dialect, String(response.getHeader('x-request-id') ?? ''));
}

export function errorHeaders(error: OpenAiError): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  };
  // Where no retry can help, no time is a good one.
  if (error.status === 503 || (error.status === 429 && error.retryable)) {
    const retryAfterMs = Math.max(1, Math.ceil(error.retryAfterMs ?? retryAfterDefaultMs));
    headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
    headers['retry-after-ms'] = String(retryAfterMs);
  }

  if (!error.retryable) headers['x-should-retry'] = 'false';
  return headers;
}
