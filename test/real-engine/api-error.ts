/** A failed request in vLLM's form: `{"error":{"message","type","param","code"}}` with `code` = the HTTP status. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly param: string | null;

  constructor(status: number, type: string, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
  }

  toBody(): object {
    return {error: {message: this.message, type: this.type, param: this.param, code: this.status}};
  }
}

export function badRequest(param: string, expected: string): ApiError {
  return new ApiError(400, 'Bad Request', `1 validation error:\n  ${param}: ${expected}`, param);
}

export function contextExceeded(promptTokens: number, maxTokens: number, contextTokens: number): ApiError {
  return new ApiError(
    400,
    'BadRequestError',
    `This model's maximum context length is ${contextTokens} tokens. However, you requested ${maxTokens} output tokens ` +
      `and your prompt contains ${promptTokens} input tokens.`,
    'max_tokens',
  );
}

export function modelNotFound(model: string): ApiError {
  return new ApiError(404, 'NotFoundError', `The model \`${model}\` does not exist.`, 'model');
}

export function notFound(): ApiError {
  return new ApiError(404, 'Not Found', 'Not Found');
}

export function overloaded(message: string): ApiError {
  return new ApiError(503, 'Service Unavailable', message);
}

export function engineFailed(error: unknown): ApiError {
  return new ApiError(500, 'InternalServerError', error instanceof Error ? error.message : String(error));
}
