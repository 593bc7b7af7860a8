import type {ServerResponse} from 'node:http';
import type {OpenAiError} from '../core/proxy/openai-error.ts';
import {openAiErrorBody} from '../core/proxy/openai-error.ts';

const retryAfterMs = 1000;

/** Answers with an error in OpenAI shape. Nothing may have been sent before; a departed client is fine. */
export function sendError(response: ServerResponse, error: OpenAiError, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) return;
  const body = openAiErrorBody(error);
  response.writeHead(error.status, {...errorHeaders(error), ...headers, 'content-length': Buffer.byteLength(body)});
  response.end(body);
}

export function errorHeaders(error: OpenAiError): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  };
  if (error.status === 429 || error.status === 503) {
    headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
    headers['retry-after-ms'] = String(retryAfterMs);
  }

  if (!error.retryable) headers['x-should-retry'] = 'false';
  return headers;
}
