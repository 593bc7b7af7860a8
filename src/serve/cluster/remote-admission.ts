import type {UsageRecord} from '../../core/finops/usage.ts';
import type {Admission, AdmissionRequest, Headers, Refusal, Verdict} from '../admission/gate.ts';
import {noHeaders} from '../admission/gate.ts';
import {toPrimary} from './messages.ts';
import type {Rpc} from './rpc.ts';

/** The primary's answer to one request; what it holds, it holds under the request's id. */
export type Answer = Refusal | {readonly kind: 'granted'; readonly headers: Headers};

/** The end of a grant; a record settles it, null releases it. */
export interface GrantEnd {
  readonly requestId: string;
  readonly record: UsageRecord | null;
}

const answerTimeoutMs = 2000;

/**
 * Admission of a data-plane process: asks the primary, which counts for all of them. Requests that come in one turn of the
 * event loop are asked about in one message, and so are their ends. Without an answer in time a request is refused (503,
 * worth a retry): a limit that cannot be asked about must not be passed.
 */
export class RemoteAdmission implements Admission {
  private readonly rpc: Pick<Rpc, 'call' | 'tell'>;
  private readonly onRefused: (limit: string) => void;
  private asked: {request: AdmissionRequest; resolve: (verdict: Verdict) => void}[] = [];
  private ended: GrantEnd[] = [];
  private isScheduled = false;

  constructor(rpc: Pick<Rpc, 'call' | 'tell'>, onRefused: (limit: string) => void) {
    this.rpc = rpc;
    this.onRefused = onRefused;
  }

  async admit(request: AdmissionRequest): Promise<Verdict> {
    return await new Promise<Verdict>(resolve => {
      this.asked.push({request, resolve});
      this.schedule();
    });
  }

  private end(requestId: string, record: UsageRecord | null): void {
    this.ended.push({requestId, record});
    this.schedule();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    const {asked, ended} = this;
    this.asked = [];
    this.ended = [];
    // Ends first: what they free, those who ask may have.
    if (ended.length > 0) this.rpc.tell(toPrimary.grantsEnded, ended);
    if (asked.length > 0) void this.ask(asked);
  }

  private async ask(asked: RemoteAdmission['asked']): Promise<void> {
    const answers = await this.answers(asked.map(({request}) => request));
    for (const [index, {request, resolve}] of asked.entries()) {
      const answer = answers?.[index];
      if (answer !== undefined) {
        resolve(this.verdictOf(answer, request.requestId));
        continue;
      }

      // The primary may yet read the question, and grant it: the channel keeps the order, so this undoes it.
      this.end(request.requestId, null);
      this.onRefused(unanswered.limit);
      resolve(unanswered);
    }
  }

  /** Null when there are none in time, or when the primary is gone. */
  private async answers(requests: readonly AdmissionRequest[]): Promise<readonly Answer[] | null> {
    const {promise, resolve} = Promise.withResolvers<readonly Answer[] | null>();
    const timer = setTimeout(() => resolve(null), answerTimeoutMs);
    this.rpc.call<readonly Answer[]>(toPrimary.admit, requests).then(resolve, () => resolve(null));
    return await promise.finally(() => clearTimeout(timer));
  }

  private verdictOf(answer: Answer, requestId: string): Verdict {
    if (answer.kind === 'refused') return answer;
    return {
      ...answer,
      settle: record => this.end(requestId, record),
      release: () => this.end(requestId, null),
    };
  }
}

const unanswered: Refusal = {
  kind: 'refused',
  limit: 'unanswered',
  code: 'no_capacity',
  message: 'The server is too busy to tell whether this request is within its limits. Try again shortly.',
  retryAfterMs: 1000,
  headers: noHeaders,
};
