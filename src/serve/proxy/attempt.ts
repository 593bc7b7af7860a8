import type {IncomingMessage, ServerResponse} from 'node:http';
import type {TokenPrice} from '../../core/finops/token-price.ts';
import type {ProxyEndpoint} from '../../core/proxy/endpoints.ts';
import {traitsOf} from '../../core/proxy/endpoints.ts';
import {jsonBytes} from '../../core/proxy/json-rewrite.ts';
import {NamedEventPatcher} from '../../core/proxy/named-event-patcher.ts';
import type {RequestCaps} from '../../core/proxy/request-caps.ts';
import {missingBound} from '../../core/proxy/request-caps.ts';
import type {RequestPlan} from '../../core/proxy/request-plan.ts';
import {upstreamBody} from '../../core/proxy/request-plan.ts';
import type {StreamFilter} from '../../core/proxy/stream-patcher.ts';
import {StreamPatcher} from '../../core/proxy/stream-patcher.ts';
import type {RequestTrace} from '../../core/routing/request-trace.ts';
import type {ApiKey} from '../../core/tenancy/api-key.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {ModelRoute} from '../snapshot/snapshot.ts';
import type {WorkerHandle, WorkerVerdict} from '../snapshot/worker-handle.ts';
import type {RequestSpan} from '../tracing/tracer.ts';
import type {ProxyLimits} from './limits.ts';
import type {ReplyResult} from './upstream-reply.ts';
import {UpstreamReply} from './upstream-reply.ts';

/** A request that was read, understood and given a route. */
export interface Job {
  readonly endpoint: ProxyEndpoint;
  readonly key: ApiKey;
  /** With the system prompts in it. */
  readonly body: Uint8Array;
  readonly plan: RequestPlan;
  readonly caps: RequestCaps;
  /** Versions of the system prompts that were put in. */
  readonly prompts: RequestTrace['prompts'];
  readonly route: ModelRoute;
  /** In force when it came; null where the model costs nothing. */
  readonly price: TokenPrice | null;
  /** Whether some limit counts it, so that it has to be admitted. */
  readonly isLimited: boolean;
  /** Ours, never the client's: it identifies the usage record. */
  readonly requestId: string;
  readonly startedAtMs: EpochMs;
  /** The same moment of `performance.now()`, for time that passes. */
  readonly enteredAtMs: number;
  /** What is remembered of it; written to as it goes. */
  readonly trace: RequestTrace;
  /** Its place in a distributed trace; null where none is made. */
  readonly span: RequestSpan | null;
}

/** Before anything is begun: what admission decides on. */
export type AcceptedJob = Omit<Job, 'trace' | 'span'>;

/** One try of a job at one worker; `number` counts from 1. */
export interface Attempt {
  readonly worker: WorkerHandle;
  readonly number: number;
  readonly reply: UpstreamReply;
  readonly patcher: StreamFilter | null;
}

export function prepareAttempt(
  job: Job,
  worker: WorkerHandle,
  number: number,
  io: {
    request: IncomingMessage;
    response: ServerResponse;
    limits: ProxyLimits;
    clock: Clock;
    traceparent: string | null;
  },
): Attempt {
  const {endpoint, plan, caps, body, key} = job;
  const patcher = plan.streamed ? newPatcher(endpoint, plan, worker) : null;
  const names = {
    servedModelName: worker.servedModelName,
    cacheSalt: key.organizationId,
    allowed: caps.allowedMembers,
    maxTokens: missingBound(endpoint, body, plan, caps),
  };
  const reply = new UpstreamReply({
    pool: worker.pool,
    path: traitsOf(endpoint).upstreamPath,
    headers: upstreamHeaders(io.request, worker, {
      id: `${job.requestId}-${number}`,
      plan,
      traceparent: io.traceparent,
    }),
    body: upstreamBody(endpoint, body, plan, names),
    patcher,
    response: io.response,
    limits: io.limits,
    deadlineAtMs: job.enteredAtMs + Math.min(io.limits.totalTimeoutMs, clientTimeoutMs(io.request)),
    clock: io.clock,
  });
  return {worker, number, reply, patcher};
}

/** What a result says about its worker. A client that left, or its mistake, says nothing against it. */
export function verdictOf(result: ReplyResult): WorkerVerdict {
  if (result.kind === 'cancelled') return 'none';
  if (result.kind === 'broken') return 'failed';
  return result.kind === 'refused' && result.blame ? 'failed' : 'served';
}

/** The name to put back into answers, where the worker knows the model under another one. */
export function clientModelName(plan: RequestPlan, worker: WorkerHandle): string | null {
  return plan.model === worker.servedModelName ? null : plan.model;
}

function newPatcher(endpoint: ProxyEndpoint, plan: RequestPlan, worker: WorkerHandle): StreamFilter {
  const name = clientModelName(plan, worker);
  const modelBytes = name === null ? null : jsonBytes(name);
  const kind = traitsOf(endpoint).stream;
  if (kind === 'responses' || kind === 'messages') return new NamedEventPatcher({kind, modelBytes});
  return new StreamPatcher({view: plan.usageView, modelBytes});
}

const traceparentPattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The only headers that cross: nothing of the client's but the trace it belongs to. Names and values in turn. */
function upstreamHeaders(
  request: IncomingMessage,
  worker: WorkerHandle,
  {id, plan, traceparent}: {id: string; plan: RequestPlan; traceparent: string | null},
): string[] {
  const {source, streamed} = plan;
  const form = source.kind === 'form' ? `multipart/form-data; boundary="${source.form.boundary}"` : null;
  const headers = [
    ...['content-type', form ?? 'application/json'],
    ...['accept', streamed ? 'text/event-stream' : 'application/json'],
    ...['accept-encoding', 'identity'],
    ...['authorization', worker.authorization],
    ...['x-request-id', id],
    ...['user-agent', 'inventiv'],
  ];
  // Without tracing of our own, the worker is the child of who called us.
  const trace = traceparent ?? request.headers.traceparent;
  if (typeof trace === 'string' && traceparentPattern.test(trace)) headers.push('traceparent', trace);
  return headers;
}

/** Seconds in `x-stainless-timeout`, which OpenAI's own clients send. */
function clientTimeoutMs(request: IncomingMessage): number {
  const seconds = Number(request.headers['x-stainless-timeout']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY;
}
