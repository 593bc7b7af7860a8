import type {Dispatcher} from 'undici';
import type {Breaker, BreakerState} from '../../core/routing/breaker.ts';
import {
  breakerAllows,
  breakerState,
  closedBreaker,
  withFailure,
  withNoVerdict,
  withRequestSent,
  withSuccess,
} from '../../core/routing/breaker.ts';
import type {Candidate} from '../../core/routing/pick.ts';
import type {EpochMs} from '../../core/time.ts';

export type WorkerVerdict = 'served' | 'failed' | 'none';

/** One ready worker as the proxy uses it: its connections, its load, its breaker. Outlives snapshots. */
export class WorkerHandle implements Candidate {
  readonly id: string;
  readonly weight: number;
  readonly servedModelName: string;
  readonly authorization: string;
  readonly pool: Dispatcher;
  outstanding = 0;
  private breaker: Breaker = closedBreaker;

  constructor(worker: {id: string; weight: number; servedModelName: string; workerKey: string; pool: Dispatcher}) {
    this.id = worker.id;
    this.weight = worker.weight;
    this.servedModelName = worker.servedModelName;
    this.authorization = `Bearer ${worker.workerKey}`;
    this.pool = worker.pool;
  }

  isAvailable(nowMs: EpochMs): boolean {
    return breakerAllows(this.breaker, nowMs);
  }

  breakerState(nowMs: EpochMs): BreakerState {
    return breakerState(this.breaker, nowMs);
  }

  /** Counts a request in; the returned function counts it out, once, with what it told about the worker. */
  acquire(): (verdict: WorkerVerdict, nowMs: EpochMs) => void {
    let held = true;
    this.outstanding++;
    this.breaker = withRequestSent(this.breaker);
    return (verdict, nowMs) => {
      if (!held) return;
      held = false;
      this.outstanding--;
      if (verdict === 'served') this.breaker = withSuccess(this.breaker);
      else if (verdict === 'failed') this.breaker = withFailure(this.breaker, nowMs);
      else this.breaker = withNoVerdict(this.breaker);
    };
  }
}
