import type {OpenAiError} from '../../core/proxy/openai-error.ts';

/** A worker that could not be reached, or whose answer broke off. */
export function broken(message: string): OpenAiError {
  return {status: 502, message, type: 'server_error', param: null, code: 'upstream_error', retryable: true};
}

const timeouts = {
  connect: 'The worker could not be connected to in time.',
  first_token: 'The worker did not begin to answer in time.',
  idle: 'The worker stopped in the middle of its answer.',
  total: 'The request took longer than allowed.',
} as const;

export function timedOut(clock: keyof typeof timeouts): OpenAiError {
  return {
    status: 504,
    message: timeouts[clock],
    type: 'server_error',
    param: null,
    code: `${clock}_timeout`,
    retryable: clock !== 'total',
  };
}

export const shuttingDown: OpenAiError = {
  status: 503,
  message: 'The server is shutting down. Send the request again.',
  type: 'server_error',
  param: null,
  code: 'shutting_down',
  retryable: true,
};
