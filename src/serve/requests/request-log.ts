import type {UsageRecord} from '../../core/finops/usage.ts';
import type {EndedPage, EndedQuery} from '../../core/routing/ended-requests.ts';
import type {Choice} from '../../core/routing/explain.ts';
import type {AttemptTrace, RequestTrace} from '../../core/routing/request-trace.ts';
import type {EpochMs} from '../../core/time.ts';

const tracesMax = 2000;

type Writable<T> = {-readonly [Name in keyof T]: T[Name]};

/** The last requests of this process, running ones included: how they were routed and how they went. Bounded; in memory only. */
export class RequestLog {
  private readonly traces = new Map<string, RequestTrace>();
  /** The last ended ones, each in the place of its number. */
  private readonly endedRing: RequestTrace[] = [];
  private sequence = 0;
  private endCount = 0;

  begin(request: BegunRequest): RequestTrace {
    const trace: RequestTrace = {
      sequence: ++this.sequence,
      process: process.pid,
      ...request,
      attempts: [],
      stopped: null,
      ...{finishedAtMs: null, firstTokenMs: null, overheadMs: null, status: null, outcome: null},
      ...{promptTokens: null, cachedPromptTokens: null, completionTokens: null, estimated: null},
    };
    this.traces.set(trace.requestId, trace);
    if (this.traces.size > tracesMax) {
      for (const oldest of this.traces.keys()) {
        this.traces.delete(oldest);
        break;
      }
    }

    return trace;
  }

  finish(trace: Writable<RequestTrace>, record: UsageRecord): void {
    trace.finishedAtMs = record.finishedAtMs;
    trace.firstTokenMs = record.firstTokenMs;
    trace.status = record.httpStatus;
    trace.outcome = record.outcome;
    trace.promptTokens = record.promptTokens;
    trace.cachedPromptTokens = record.cachedPromptTokens;
    trace.completionTokens = record.completionTokens;
    trace.estimated = record.estimated;
    this.endedRing[this.endCount++ % tracesMax] = trace;
  }

  /** Those that ended since the reader's place, or the latest. A place of another process of this id is the beginning. */
  ended({after, limit}: EndedQuery): EndedPage {
    const {endCount} = this;
    const oldest = Math.max(0, endCount - tracesMax);
    const asked = after === null ? Math.max(oldest, endCount - limit) : (after.get(process.pid) ?? 0);
    const place = asked > endCount ? 0 : asked;
    const from = Math.max(oldest, place);
    const to = Math.min(endCount, from + limit);
    const requests = Array.from({length: to - from}, (_, index) => this.endedRing[(from + index) % tracesMax]);
    return {
      cursor: new Map([[process.pid, to]]),
      missed: from - place,
      requests: requests.filter(trace => trace !== undefined),
    };
  }

  /** Newest first. */
  recent({limit}: {limit: number}): readonly RequestTrace[] {
    return Array.from(this.traces.values()).slice(-limit).toReversed();
  }

  /** By our id, or by the one the client saw (the last with it). */
  find(id: string): RequestTrace | null {
    const own = this.traces.get(id);
    if (own !== undefined) return own;
    return Array.from(this.traces.values()).findLast(({clientRequestId}) => clientRequestId === id) ?? null;
  }
}

type BegunRequest = Pick<
  RequestTrace,
  | 'requestId'
  | 'clientRequestId'
  | 'organizationId'
  | 'keyId'
  | 'endpoint'
  | 'model'
  | 'streamed'
  | 'hasSession'
  | 'bodyBytes'
  | 'prompts'
  | 'startedAtMs'
>;

export function beginAttempt(trace: RequestTrace, choice: Choice, nowMs: EpochMs): AttemptTrace {
  const attempt: AttemptTrace = {startedAtMs: nowMs, endedAtMs: null, ...choice, result: null, errorCode: null};
  trace.attempts.push(attempt);
  return attempt;
}
