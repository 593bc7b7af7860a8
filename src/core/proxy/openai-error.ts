import type {InventivError} from '../errors.ts';
import {errorCatalogue} from '../errors.ts';

/** An error as OpenAI clients read it. Codes are strings, always. */
export interface OpenAiError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  /** False when sending the same request again cannot help: the client is told (`x-should-retry`). */
  readonly retryable: boolean;
  /** When a 429 or 503 is worth another try, where that is known. */
  readonly retryAfterMs?: number | undefined;
}

export function openAiErrorBody(error: OpenAiError): string {
  const {message, type, param, code} = error;
  return JSON.stringify({error: {message, type, param, code}});
}

export function fromInventivError(error: InventivError): OpenAiError {
  const outlet = errorCatalogue[error.code];
  // Messages of unexpected faults may hold paths or SQL; the log has them, the client does not need them.
  const message = error.code === 'unexpected' ? 'The server met an unexpected fault.' : withHint(error);
  return {
    status: outlet.http,
    message,
    type: outlet.openaiType,
    param: error.param ?? null,
    code: error.detailCode ?? outlet.openaiCode,
    retryable: error.retryable,
    retryAfterMs: error.retryAfterMs,
  };
}

const messageMaxChars = 4096;

/**
 * An engine's error answer (vLLM, or the proxy in front of it) in the client's terms. vLLM sends an integer `code` and
 * Python class names; a refused worker key is our fault, never the client's 401.
 */
export function fromUpstream(status: number, body: string): OpenAiError {
  const reported = parseUpstream(body);
  const message = reported.message.slice(0, messageMaxChars);
  const param = reported.param;
  if (status === 400 || status === 422) {
    const tooLong = /context length|maximum context/i.test(message);
    return badRequest(400, message, param, tooLong ? 'context_length_exceeded' : 'invalid_value');
  }

  if (status === 413) return badRequest(413, message, param, 'request_too_large');
  if (status === 404 && !/does not exist/i.test(message)) {
    return badRequest(404, 'This model does not serve this endpoint.', 'model', 'not_found');
  }

  if (status === 429 || status === 503) {
    return server(503, 'All workers of this model are busy. Try again shortly.', 'no_capacity', true);
  }

  if (status === 501) return server(501, message, 'not_implemented', false);
  if (status === 504) return server(504, 'The worker did not answer in time.', 'timeout', true);
  return server(502, `The worker answered with an error (HTTP ${status}).`, 'upstream_error', status >= 500);
}

function badRequest(status: number, message: string, param: string | null, code: string): OpenAiError {
  return {status, message, type: 'invalid_request_error', param, code, retryable: false};
}

function server(status: number, message: string, code: string, retryable: boolean): OpenAiError {
  return {status, message, type: 'server_error', param: null, code, retryable};
}

/** `{"error":{"message","param"}}`, `{"error":"text"}`, `{"message"}` or `{"detail"}`; anything else is not repeated. */
function parseUpstream(body: string): {message: string; param: string | null} {
  const value = parseOrNull(body);
  const holder = isRecord(value) ? (value.error ?? value) : null;
  if (typeof holder === 'string') return {message: holder, param: null};
  if (!isRecord(holder)) return {message: 'The worker refused the request.', param: null};
  const message = holder.message ?? holder.detail;
  return {
    message: typeof message === 'string' ? message : 'The worker refused the request.',
    param: typeof holder.param === 'string' ? holder.param : null,
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function withHint(error: InventivError): string {
  return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
