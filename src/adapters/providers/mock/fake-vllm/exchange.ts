import type {IncomingMessage, ServerResponse} from 'node:http';
import {isJsonObject, type JsonObject} from './body-fields.ts';
import {ApiError, errorBody} from './openai-errors.ts';

/** Larger than any context that the fake can hold as text. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** One HTTP request and its response. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Messages answers errors in Anthropic's shape, with vLLM's own types. */
  errorShape: 'openai' | 'anthropic' = 'openai';

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    const target = request.url ?? '/';
    const mark = target.indexOf('?');
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  }

  header(name: string): string | null {
    const value = this.request.headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  }

  sendJson(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.#send(status, JSON.stringify(body), {'content-type': 'application/json', ...headers});
  }

  sendText(status: number, body: string, contentType: string): void {
    this.#send(status, body, {'content-type': contentType});
  }

  /** As `/health` answers: a status and nothing else. */
  sendEmpty(status: number): void {
    this.#send(status, '', {});
  }

  sendError(error: ApiError): void {
    const {type, message} = error;
    const body = this.errorShape === 'openai' ? errorBody(error) : {type: 'error', error: {type, message}};
    this.sendJson(error.status, body);
  }

  async readJsonObject(): Promise<JsonObject> {
    const text = (await this.#readBytes()).toString('utf8');
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'invalid JSON';
      throw new ApiError(
        400,
        'Bad Request',
        `1 validation error:\n  {'type': 'json_invalid', 'loc': ('body', 0), 'msg': 'JSON decode error', 'input': {}, 'ctx': {'error': '${reason}'}}`,
      );
    }
    if (isJsonObject(body)) return body;
    throw new ApiError(
      400,
      'Bad Request',
      "1 validation error:\n  {'type': 'model_attributes_type', 'loc': ('body',), 'msg': 'Input should be a valid dictionary or object to extract fields from'}",
    );
  }

  /** A multipart form; 400 when it is none. */
  async readForm(): Promise<FormData> {
    const headers = {'content-type': this.header('content-type') ?? ''};
    try {
      return await new Response(new Uint8Array(await this.#readBytes()), {headers}).formData();
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(400, 'Bad Request', 'There was an error parsing the body');
    }
  }

  async #readBytes(): Promise<Buffer> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of this.request) {
      const bytes = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
      size += bytes.length;
      if (size > BODY_BYTES_MAX)
        throw new ApiError(413, 'Request Entity Too Large', `The request body is larger than ${BODY_BYTES_MAX} bytes.`);
      parts.push(bytes);
    }
    return Buffer.concat(parts);
  }

  #send(status: number, body: string, headers: Readonly<Record<string, string>>): void {
    const {response} = this;
    if (response.headersSent || response.destroyed) return;
    const bytes = Buffer.from(body, 'utf8');
    response.writeHead(status, {...headers, 'content-length': bytes.length});
    response.end(this.request.method === 'HEAD' ? undefined : bytes);
  }
}
