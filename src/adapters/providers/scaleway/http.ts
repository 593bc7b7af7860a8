import {InventivError} from '../../../core/errors.ts';
import type {Clock} from '../../../ports/clock.ts';
import type {Ids} from '../../../ports/ids.ts';
import type {CallContext} from '../../../ports/provider.ts';
import {refusalOf} from './error-answer.ts';
import {readBodyText} from './read-body.ts';
import {unavailable} from './refusal.ts';
import {callAttemptsMax, isPassing, isRepeatable, retryDelayMs} from './retry-policy.ts';

export interface HttpOptions {
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'randomBytes'>;
  /** Longest wait for one answer, its body included. */
  readonly requestTimeoutMs?: number;
}

const requestTimeoutDefaultMs = 30_000;
const correlationHeader = 'X-Correlation-Id';

/**
 * What the SDK sends its requests through, for one call of the provider port. Answers that refuse are thrown as
 * `InventivError`; what comes back is a success with a JSON body that was read whole and parses.
 */
export function httpFor(call: CallContext, options: HttpOptions): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? null : await request.text();
    const path = new URL(request.url).pathname;
    const mayRepeat = isRepeatable(request.method, path, body);
    for (let attempt = 1; ; attempt += 1) {
      call.signal?.throwIfAborted();
      try {
        return await sendOnce(request, body, path, call, options);
      } catch (error) {
        call.signal?.throwIfAborted();
        if (!mayRepeat || attempt >= callAttemptsMax || !isPassing(error)) throw error;
        await options.clock.sleep(retryDelayMs(error, attempt, randomShare(options.ids)), call.signal);
      }
    }
  };
}

async function sendOnce(
  request: Request,
  body: string | null,
  path: string,
  call: CallContext,
  {requestTimeoutMs = requestTimeoutDefaultMs}: HttpOptions,
): Promise<Response> {
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
  const headers = new Headers(request.headers);
  headers.set(correlationHeader, headerText(call.correlationId));
  try {
    // A redirect would carry the key to wherever it points.
    const response = await fetch(request.url, {method: request.method, headers, body, signal, redirect: 'manual'});
    const text = await readBodyText(response);
    if (!response.ok) throw refusalOf(response.status, text, path);
    return readable(response, text);
  } catch (error) {
    if (error instanceof InventivError) throw error;
    const host = new URL(request.url).host;
    if (timeout.aborted) {
      throw unavailable(`Scaleway (${host}) did not answer within ${requestTimeoutMs} ms.`, 'no_answer', error);
    }
    throw unavailable(`The connection to Scaleway (${host}) failed: ${reasonOf(error)}.`, 'connection_failed', error);
  }
}

/** The answer with its body as text, under the one content type that the SDK reads as JSON. */
function readable(response: Response, text: string): Response {
  if (response.status === 204) return new Response(null, {status: 204, headers: response.headers});
  try {
    JSON.parse(text);
  } catch (cause) {
    throw unavailable('Scaleway answered with something that is not JSON.', 'malformed_answer', cause);
  }
  const headers = new Headers(response.headers);
  headers.set('Content-Type', 'application/json');
  headers.delete('Content-Encoding');
  headers.delete('Content-Length');
  return new Response(text, {status: response.status, headers});
}

/** "fetch failed" tells nothing; what it was caused by does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return error instanceof Error ? error.message : String(error);
}

function headerText(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, 128);
}

function randomShare(ids: Pick<Ids, 'randomBytes'>): number {
  const [byte = 0] = ids.randomBytes(1);
  return byte / 255;
}
