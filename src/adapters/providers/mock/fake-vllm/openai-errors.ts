/** An answer in vLLM's error shape: integer `code` equal to the status, class-like `type`. */
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
}

interface ErrorBody {
  error: {message: string; type: string; param: string | null; code: number};
}

export function errorBody({message, type, param, status}: ApiError): ErrorBody {
  return {error: {message, type, param, code: status}};
}

export const notFound = (): ApiError => new ApiError(404, 'Not Found', 'Not Found');

export const methodNotAllowed = (): ApiError => new ApiError(405, 'Method Not Allowed', 'Method Not Allowed');

export const unknownModel = (model: string): ApiError =>
  new ApiError(404, 'NotFoundError', `The model \`${model}\` does not exist.`, 'model');

export const badRequest = (message: string, param: string | null = null): ApiError =>
  new ApiError(400, 'BadRequestError', message, param);

export const engineDead = (): ApiError =>
  new ApiError(
    500,
    'InternalServerError',
    'EngineCore encountered an issue. See stack trace (above) for the root cause.',
  );

export const generationFailed = (): ApiError =>
  new ApiError(500, 'InternalServerError', 'Internal server error during generation.');

export const queueFull = (limit: string): ApiError =>
  new ApiError(503, 'Service Unavailable', `The server is overloaded: ${limit} reached. Please retry later.`);

/** Body fields that a schema refuses; `problems` in the order of the fields. */
export function validationFailed(problems: readonly {path: string; message: string}[]): ApiError {
  const details = problems.map(
    ({path, message}) =>
      `  {'type': 'value_error', 'loc': (${['body', ...path.split('.')].map(quoteLocation).join(', ')}), 'msg': '${message}'}`,
  );
  const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'}:`;
  return new ApiError(400, 'Bad Request', [count, ...details].join('\n'), problems[0]?.path ?? null);
}

function quoteLocation(part: string): string {
  return /^\d+$/.test(part) ? part : `'${part}'`;
}
