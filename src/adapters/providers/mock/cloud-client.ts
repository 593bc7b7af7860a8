import type {IncomingMessage} from 'node:http';
import {resolve as resolvePath} from 'node:path';
import {InventivError} from '../../../core/errors.ts';
import type {Clock} from '../../../ports/clock.ts';
import {refusalError, unavailable} from './cloud-errors.ts';
import {type MockCloudOptions, startCloud} from './cloud-starter.ts';
import {cloudSocketPath} from './socket-path.ts';
import {correlationHeader} from './wire.ts';

export interface CloudRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Encoded path with query. */
  readonly path: string;
  readonly json?: unknown;
  readonly content?: string;
  readonly correlationId?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

const callTimeoutMsDefault = 10_000;
const answerBytesMax = 64 * 1024 * 1024;
const readAttemptsMax = 3;
const readRetryMs = 40;
const connectAttemptsMax = 4;

/** Speaks to the cloud of a directory over its socket and starts it when nobody answers there. */
export class CloudClient {
  readonly #options: MockCloudOptions;
  readonly #clock: Clock;
  readonly #callTimeoutMs: number;
  #socketPath: string | null = null;
  #starting: Promise<void> | null = null;

  constructor(options: MockCloudOptions, clock: Clock, callTimeoutMs = callTimeoutMsDefault) {
    this.#options = {...options, cloudDir: resolvePath(options.cloudDir)};
    this.#clock = clock;
    this.#callTimeoutMs = callTimeoutMs;
  }

  /** The answer as JSON, null for an empty one. Reads are tried again when the cloud stumbles; nothing else is. */
  async call(request: CloudRequest): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#callOnce(request);
      } catch (error) {
        const mayRetry = request.method === 'GET' && attempt < readAttemptsMax && isWorthRetrying(error);
        if (!mayRetry) throw error;
        await this.#clock.sleep(readRetryMs * 2 ** attempt, request.signal);
        request.signal?.throwIfAborted();
      }
    }
  }

  /** The answer with its body unread; the caller reads or destroys it. Only refused connections are tried again. */
  async open(request: CloudRequest): Promise<IncomingMessage> {
    try {
      return await this.#served(request, () => send(this.#socket(), request));
    } catch (error) {
      request.signal?.throwIfAborted();
      throw error instanceof InventivError ? error : brokenOff(request, error);
    }
  }

  /** False when nobody serves the directory; starts nothing. */
  async isRunning(): Promise<boolean> {
    try {
      const response = await send(this.#socket(), {method: 'GET', path: '/control/journal?limit=1'});
      response.destroy();
      return true;
    } catch {
      return false;
    }
  }

  async #callOnce(request: CloudRequest): Promise<unknown> {
    const {status, text} = await this.#served(request, () => this.#exchange(request));
    const value: unknown = text.length === 0 ? null : JSON.parse(text);
    if (status < 300) return value;
    throw refusalError(status, value);
  }

  async #exchange(request: CloudRequest): Promise<{status: number; text: string}> {
    const socketPath = this.#socket();
    const timeoutMs = request.timeoutMs ?? this.#callTimeoutMs;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    const signal = request.signal === undefined ? timeout.signal : AbortSignal.any([request.signal, timeout.signal]);
    try {
      const response = await send(socketPath, {...request, signal});
      return {status: response.statusCode ?? 0, text: await readText(response)};
    } catch (error) {
      request.signal?.throwIfAborted();
      if (isNobodyThere(error)) throw error;
      if (!timeout.signal.aborted) throw brokenOff(request, error);
      const what = `the mock cloud did not answer ${request.method} ${pathOf(request)} within ${timeoutMs} ms.`;
      throw unavailable(what, 'timeout', error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Acts on a cloud that is there: one that is not has had nothing sent to it, so acting again is safe. */
  async #served<Result>({signal}: CloudRequest, act: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        return await act();
      } catch (error) {
        if (!isNobodyThere(error)) throw error;
        if (attempt === connectAttemptsMax)
          throw unavailable('the mock cloud does not stay up.', 'mock_cloud_start', error);
      }
      await this.#start();
    }
  }

  #socket(): string {
    const {cloudDir} = this.#options;
    try {
      this.#socketPath ??= cloudSocketPath(cloudDir);
      return this.#socketPath;
    } catch (error) {
      if (error instanceof InventivError) throw error;
      throw new InventivError(
        'store_unwritable',
        `expected to write in ${cloudDir}, the mock cloud's directory: ${String(error)}.`,
        {
          hint: 'Check its permissions and the free space, or choose another state directory.',
          cause: error,
        },
      );
    }
  }

  async #start(): Promise<void> {
    this.#starting ??= startCloud(this.#options, this.#socket()).finally(() => {
      this.#starting = null;
    });
    await this.#starting;
  }
}

async function send(
  socketPath: string,
  {method, path, json, content, correlationId, signal}: CloudRequest,
): Promise<IncomingMessage> {
  // Loaded with the first call: the module brings Node's WebSocket with it, 60 ms that most commands have no use for.
  const {request: httpRequest} = await import('node:http');
  const {promise, resolve, reject} = Promise.withResolvers<IncomingMessage>();
  const body = json === undefined ? content : JSON.stringify(json);
  const headers: Record<string, string | number> = {'content-length': body === undefined ? 0 : Buffer.byteLength(body)};
  if (correlationId !== undefined) headers[correlationHeader] = correlationId;
  const outgoing = httpRequest({socketPath, method, path, headers, agent: false, signal}, resolve);
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error(`answer larger than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isNobodyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED');
}

function brokenOff(request: CloudRequest, cause: unknown): InventivError {
  return unavailable(`the mock cloud broke off ${request.method} ${pathOf(request)}.`, 'connection_lost', cause);
}

/** A time-out has cost long enough already. */
function isWorthRetrying(error: unknown): boolean {
  return error instanceof InventivError && error.code === 'provider_unavailable' && error.detailCode !== 'timeout';
}

/** Without the query: a file's path is nobody's business in an error. */
function pathOf({path}: CloudRequest): string {
  return path.split('?', 1)[0] ?? path;
}
