// HOT PATH. Takes over after the request was read and routed: one attempt at one worker, from dispatch to the last byte.
// Runs once per token chunk, so: no promises, no parsing beyond the patcher, no timers re-armed, no logging. Hands over by
// resolving `result`, once, with nothing left to do on the wire but the last words, which the caller writes.
import type {ServerResponse} from 'node:http';
import {concatBytes} from '../../core/proxy/bytes.ts';
import type {OpenAiError} from '../../core/proxy/openai-error.ts';
import {fromUpstream} from '../../core/proxy/openai-error.ts';
import type {StreamFilter} from '../../core/proxy/stream-patcher.ts';
import {StreamRelay} from '../../core/proxy/stream-relay.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import {ConnectTimeout, type UpstreamCall, type UpstreamHandler, type UpstreamPool} from '../../ports/upstream.ts';
import {ClientStream} from './client-stream.ts';
import type {ProxyLimits} from './limits.ts';
import {broken, timedOut} from './upstream-faults.ts';

export type ReplyResult =
  /** A whole answer that is not a stream; nothing was sent to the client. */
  | {readonly kind: 'answered'; readonly status: number; readonly type: string; readonly body: Buffer}
  /** The stream is complete but for its last words, such as `[DONE]`, which were not sent yet: see `end`. */
  | {readonly kind: 'streamed'; readonly lastWords: Uint8Array}
  /** Failed before anything was sent to the client. */
  | {
      readonly kind: 'refused';
      readonly error: OpenAiError;
      readonly retry: 'elsewhere' | 'anywhere' | 'never';
      readonly blame: boolean;
    }
  /** Failed in mid-stream. */
  | {readonly kind: 'broken'; readonly error: OpenAiError}
  | {readonly kind: 'cancelled'};

export interface ReplyRequest {
  readonly pool: UpstreamPool;
  readonly path: string;
  readonly headers: string[];
  readonly body: Uint8Array;
  /** Null for a request that is not streamed. */
  readonly patcher: StreamFilter | null;
  readonly response: ServerResponse;
  readonly limits: ProxyLimits;
  /** Of `performance.now()`, like all clocks here: the time of day may jump. */
  readonly deadlineAtMs: number;
  readonly clock: Clock;
}

export class UpstreamReply implements UpstreamHandler {
  readonly result: Promise<ReplyResult>;
  firstEventAtMs: EpochMs | null = null;
  /** Whether the request reached a socket: from then on the worker may have begun to work on it. */
  sent = false;

  private readonly request: ReplyRequest;
  private readonly client: ClientStream;
  private readonly answer: Uint8Array[] = [];
  private answerBytes = 0;
  private status = 0;
  private type = '';
  /** Null for an answer that is not a stream. */
  private relay: StreamRelay | null = null;
  private settled = false;
  private ended = false;
  private call: UpstreamCall | null = null;
  private resolve: (result: ReplyResult) => void = () => {};
  private timer: NodeJS.Timeout | null = null;
  private lastByteAtMs = performance.now();
  private pausedSinceMs: number | null = null;

  constructor(request: ReplyRequest) {
    this.request = request;
    this.client = new ClientStream(request.response, streamHeaders);
    this.result = new Promise(resolve => {
      this.resolve = resolve;
    });
  }

  send(): void {
    const {pool, path, headers, body} = this.request;
    this.watchClocks();
    this.call = pool.send({path, headers, body}, this);
  }

  /** The client left: reaches the worker as a closed connection, whatever the phase. */
  cancel(): void {
    this.settle({kind: 'cancelled'});
    this.hangUp();
  }

  /** Ends the client's stream, headers first where nothing was sent yet. */
  end(lastWords: Uint8Array): void {
    this.client.end(lastWords, this.request.limits.slowClientTimeoutMs);
  }

  /** Ends the attempt from outside (deadline, shutdown). */
  fail(error: OpenAiError): void {
    this.settle(this.failure(error, 'never', false));
    this.hangUp();
  }

  onSent(): void {
    this.sent = true;
  }

  onHead(status: number, headers: ReadonlyMap<string, string>): void {
    this.status = status;
    this.type = headers.get('content-type') ?? '';
    const {patcher} = this.request;
    if (patcher !== null && status === 200 && this.type.startsWith('text/event-stream'))
      this.relay = new StreamRelay(patcher);
  }

  onData(chunk: Uint8Array): void {
    if (this.settled) return;
    this.lastByteAtMs = performance.now();
    if (this.relay === null) this.collect(chunk);
    else this.relayChunk(this.relay, chunk);
  }

  onEnd(): void {
    this.stopClocks();
    if (this.settled) return;
    if (this.relay !== null)
      this.settle(this.failure(broken('The worker ended the stream before it was complete.'), 'elsewhere', true));
    else this.settleAnswer();
  }

  onFailure(error: Error): void {
    this.stopClocks();
    if (this.settled) return;
    // Headers not there yet: perhaps a kept-alive socket that the worker closed just now, so the same worker may be fine.
    const retry = this.sent && this.status === 0 ? 'anywhere' : 'elsewhere';
    const message = this.sent ? 'The connection to the worker broke.' : 'The worker could not be reached.';
    const fault = error instanceof ConnectTimeout ? timedOut('connect') : broken(message);
    this.settle(this.failure(fault, retry, true));
  }

  private relayChunk(relay: StreamRelay, chunk: Uint8Array): void {
    const end = relay.push(chunk);
    if (relay.begun) this.firstEventAtMs ??= this.request.clock.nowMs();
    const pieces = relay.takeOut();
    if (end?.kind === 'done') {
      this.complete(pieces, end.bytes);
      return;
    }

    this.write(pieces);
    if (end !== null) this.failStream(streamedError(end.body));
  }

  private complete(pieces: readonly Uint8Array[], lastWords: Uint8Array): void {
    this.firstEventAtMs ??= this.request.clock.nowMs();
    // What came with the last words leaves with them, in one write; unless they must wait until tokens are counted.
    const isCounted = this.request.patcher?.counts(0).estimated === false;
    if (!isCounted) this.write(pieces);
    this.settle({kind: 'streamed', lastWords: concatBytes(isCounted ? [...pieces, lastWords] : [lastWords])});
  }

  private failStream(error: OpenAiError): void {
    this.settle(this.failure(error, 'elsewhere', error.status >= 500));
  }

  private write(pieces: readonly Uint8Array[]): void {
    if (pieces.length > 0 && !this.client.write(pieces)) this.pause();
  }

  private pause(): void {
    if (this.pausedSinceMs !== null) return;
    this.pausedSinceMs = performance.now();
    this.call?.pause();
    this.client.onceDrained(() => {
      this.pausedSinceMs = null;
      this.lastByteAtMs = performance.now();
      this.call?.resume();
    });
  }

  private collect(chunk: Uint8Array): void {
    this.answerBytes += chunk.length;
    this.answer.push(Buffer.from(chunk));
    if (this.answerBytes > this.request.limits.answerMaxBytes)
      this.fail(broken('The worker answered with too many bytes.'));
  }

  private settleAnswer(): void {
    const body = Buffer.concat(this.answer, this.answerBytes);
    if (this.status >= 200 && this.status < 300) {
      this.settle({kind: 'answered', status: this.status, type: this.type, body});
      return;
    }

    const error = fromUpstream(this.status, body.toString('utf8'));
    const retry = elsewhereStatuses.has(this.status) ? 'elsewhere' : 'never';
    this.settle(this.failure(error, retry, this.status >= 500));
  }

  private failure(error: OpenAiError, retry: 'elsewhere' | 'anywhere' | 'never', blame: boolean): ReplyResult {
    if (this.firstEventAtMs !== null) return {kind: 'broken', error};
    return {kind: 'refused', error, retry, blame};
  }

  private settle(result: ReplyResult): void {
    if (this.settled) return;
    this.settled = true;
    this.resolve(result);
    // What still comes is thrown away, and must be read for the connection to be used again.
    this.lastByteAtMs = performance.now();
    this.call?.resume();
  }

  private hangUp(): void {
    if (this.ended) return;
    this.stopClocks();
    this.call?.abort();
  }

  /** One coarse timer looks at all clocks, so that a byte costs an assignment and not a timer. */
  private watchClocks(): void {
    this.timer = setTimeout(() => {
      const late = this.lateClock();
      if (late === null) this.watchClocks();
      else if (late === 'client') this.request.response.destroy();
      else if (this.settled) this.hangUp();
      else this.fail(timedOut(late));
    }, this.clockCheckMs());
  }

  private clockCheckMs(): number {
    const {limits} = this.request;
    return Math.min(clockCheckMs, limits.idleTimeoutMs, limits.firstByteTimeoutMs, limits.slowClientTimeoutMs);
  }

  private lateClock(): 'first_token' | 'idle' | 'total' | 'client' | null {
    const {limits, deadlineAtMs} = this.request;
    const nowMs = performance.now();
    if (this.settled) return nowMs - this.lastByteAtMs > afterEndTimeoutMs ? 'idle' : null;
    if (nowMs >= deadlineAtMs) return 'total';
    if (this.pausedSinceMs !== null) return nowMs - this.pausedSinceMs > limits.slowClientTimeoutMs ? 'client' : null;
    const waited = nowMs - this.lastByteAtMs;
    if (this.firstEventAtMs === null && !(this.answerBytes > 0))
      return waited > limits.firstByteTimeoutMs ? 'first_token' : null;
    return waited > limits.idleTimeoutMs ? 'idle' : null;
  }

  private stopClocks(): void {
    this.ended = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}

const clockCheckMs = 1000;
const afterEndTimeoutMs = 5000;
const elsewhereStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** An error event of vLLM: status 200 went out long ago, the true status is the integer `code`. */
function streamedError(body: Uint8Array): OpenAiError {
  const text = Buffer.from(body).toString('utf8');
  const code: unknown = JSON.parse(text)?.error?.code;
  return fromUpstream(typeof code === 'number' && code >= 400 && code <= 599 ? code : 500, text);
}
