/**
 * The one error catalogue. Every failure a user or a client can see has a code here, and each code has exactly one
 * exit status (command line), one HTTP status (API) and one OpenAI error type/code (proxy).
 */
export const errorCatalogue = {
  unexpected: {exit: 1, http: 500, openaiType: 'server_error', openaiCode: 'internal_error'},
  instance_failed: {exit: 1, http: 500, openaiType: 'server_error', openaiCode: 'instance_failed'},
  provider_unavailable: {exit: 1, http: 502, openaiType: 'server_error', openaiCode: 'provider_unavailable'},
  upstream_broken: {exit: 1, http: 502, openaiType: 'server_error', openaiCode: 'upstream_error'},
  invalid_input: {exit: 2, http: 400, openaiType: 'invalid_request_error', openaiCode: 'invalid_value'},
  invalid_config: {exit: 2, http: 500, openaiType: 'server_error', openaiCode: 'invalid_config'},
  store_newer: {exit: 2, http: 500, openaiType: 'server_error', openaiCode: 'store_newer'},
  store_corrupt: {exit: 1, http: 500, openaiType: 'server_error', openaiCode: 'store_corrupt'},
  store_unwritable: {exit: 1, http: 500, openaiType: 'server_error', openaiCode: 'store_unwritable'},
  body_too_large: {exit: 2, http: 413, openaiType: 'invalid_request_error', openaiCode: 'request_too_large'},
  unsupported_encoding: {exit: 2, http: 415, openaiType: 'invalid_request_error', openaiCode: 'unsupported_encoding'},
  method_not_allowed: {exit: 2, http: 405, openaiType: 'invalid_request_error', openaiCode: 'method_not_allowed'},
  not_found: {exit: 3, http: 404, openaiType: 'invalid_request_error', openaiCode: 'not_found'},
  model_not_found: {exit: 3, http: 404, openaiType: 'invalid_request_error', openaiCode: 'model_not_found'},
  not_allowed: {exit: 4, http: 403, openaiType: 'invalid_request_error', openaiCode: 'permission_denied'},
  not_authenticated: {exit: 4, http: 401, openaiType: 'invalid_request_error', openaiCode: 'invalid_api_key'},
  provider_auth: {exit: 4, http: 502, openaiType: 'server_error', openaiCode: 'provider_auth'},
  conflict: {exit: 5, http: 409, openaiType: 'invalid_request_error', openaiCode: 'conflict'},
  illegal_transition: {exit: 5, http: 409, openaiType: 'invalid_request_error', openaiCode: 'illegal_transition'},
  lease_held: {exit: 5, http: 409, openaiType: 'invalid_request_error', openaiCode: 'lease_held'},
  budget_exhausted: {exit: 6, http: 429, openaiType: 'insufficient_quota', openaiCode: 'insufficient_quota'},
  rate_limited: {exit: 6, http: 429, openaiType: 'rate_limit_error', openaiCode: 'rate_limit_exceeded'},
  no_capacity: {exit: 6, http: 503, openaiType: 'server_error', openaiCode: 'no_capacity'},
  quota_exceeded: {exit: 6, http: 503, openaiType: 'server_error', openaiCode: 'quota_exceeded'},
  timed_out: {exit: 7, http: 504, openaiType: 'server_error', openaiCode: 'timeout'},
  partly_failed: {exit: 8, http: 500, openaiType: 'server_error', openaiCode: 'partly_failed'},
  differences_found: {exit: 10, http: 409, openaiType: 'invalid_request_error', openaiCode: 'differences_found'},
} as const satisfies Record<string, ErrorOutlet>;

export type ErrorCode = keyof typeof errorCatalogue;

/** How one error code leaves the program, per surface. */
export interface ErrorOutlet {
  /** Process exit status. */
  readonly exit: number;
  /** HTTP status of the API and the proxy. */
  readonly http: number;
  /** `error.type` in an OpenAI-shaped body. */
  readonly openaiType: string;
  /** `error.code` in an OpenAI-shaped body. */
  readonly openaiCode: string;
}

export interface ErrorDetails {
  /** What to type or change next. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** The request parameter or flag at fault, where there is one. */
  readonly param?: string;
  /** Whether the same call may succeed later without any change. */
  readonly retryable?: boolean;
  /** How long to wait before it may. */
  readonly retryAfterMs?: number;
  /** A finer machine-readable code, such as a diagnosis (`HF_GATED`) or a provider error type. */
  readonly detailCode?: string;
  /** What shows it: lines of a log. */
  readonly evidenceLines?: readonly string[];
}

/** A failure with a place in the catalogue. The message says what was expected and what came; the hint, what to do. */
export class InventivError extends Error {
  override readonly name = 'InventivError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly param: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly detailCode: string | undefined;
  readonly evidenceLines: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : {cause: details.cause});
    this.code = code;
    this.hint = details.hint;
    this.param = details.param;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.detailCode = details.detailCode;
    this.evidenceLines = details.evidenceLines ?? [];
  }
}

/** Any thrown value as a catalogued error; what is not ours becomes `unexpected`. */
export function asInventivError(thrown: unknown): InventivError {
  if (thrown instanceof InventivError) {
    return thrown;
  }

  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new InventivError('unexpected', message, {cause: thrown});
}
