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
import type {ExplainedCandidate} from '../../core/routing/explain.ts';
import type {HealthScore} from '../../core/routing/health-score.ts';
import {fullHealth, healthAfterFailure, healthAfterSuccess} from '../../core/routing/health-score.ts';
import type {Correction, WorkerReport} from '../../core/routing/worker-load.ts';
import {correctionOf} from '../../core/routing/worker-load.ts';
import type {EpochMs} from '../../core/time.ts';
import type {UpstreamPool} from '../../ports/upstream.ts';

export type WorkerVerdict = 'served' | 'failed' | 'none';

/** One ready worker as the proxy uses it: its connections, its load, its breaker. Outlives snapshots. */
export class WorkerHandle implements ExplainedCandidate {
  readonly id: string;
  readonly name: string;
  readonly weight: number;
  readonly servedModelName: string;
  readonly authorization: string;
  readonly pool: UpstreamPool;
  outstanding = 0;
  health: HealthScore = fullHealth;
  correction: Correction | null = null;
  /** Most requests of ours at once since the last report: what that report counts may have ended by now. */
  private outstandingPeak = 0;
  private breaker: Breaker = closedBreaker;

  constructor(worker: {
    id: string;
    name: string;
    weight: number;
    servedModelName: string;
    workerKey: string;
    pool: UpstreamPool;
  }) {
    this.id = worker.id;
    this.name = worker.name;
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

  /** Takes in what the worker said of itself; what was heeded already is no news. */
  heed(report: WorkerReport): void {
    if (this.correction !== null && report.atMs <= this.correction.reportedAtMs) return;
    this.correction = correctionOf(report, this.outstandingPeak);
    this.outstandingPeak = this.outstanding;
  }

  /** Counts a request in; the returned function counts it out, once, with what it told about the worker. */
  acquire(): (verdict: WorkerVerdict, nowMs: EpochMs) => void {
    let held = true;
    const isProbe = this.breaker.openUntilMs !== null;
    this.outstanding++;
    this.outstandingPeak = Math.max(this.outstandingPeak, this.outstanding);
    this.breaker = withRequestSent(this.breaker);
    return (verdict, nowMs) => {
      if (!held) return;
      held = false;
      this.outstanding--;
      if (verdict === 'served') {
        this.breaker = withSuccess(this.breaker);
        this.health = healthAfterSuccess(this.health);
      } else if (verdict === 'failed') {
        // Sent before the breaker opened: what it has to say was said by others, and the probe is not its to end.
        if (isProbe || this.breaker.openUntilMs === null) this.breaker = withFailure(this.breaker, nowMs);
        this.health = healthAfterFailure(this.health);
      } else if (isProbe) {
        this.breaker = withNoVerdict(this.breaker);
      }
    };
  }
}
