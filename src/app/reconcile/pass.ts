import type {FindingOutcome} from '../../core/reconcile/totals.ts';
import type {EpochMs} from '../../core/time.ts';
import type {CloudProvider} from '../../ports/provider.ts';
import type {Observed} from './observe.ts';
import type {ReconcileRequest, ReconcileTools} from './tools.ts';

/** One pass, while its findings are carried out. */
export interface Pass {
  readonly tools: ReconcileTools;
  readonly request: ReconcileRequest;
  readonly provider: CloudProvider;
  readonly observed: Observed;
  /** Until when deletions are waited for; what takes longer is confirmed by the next pass. */
  readonly settleUntilMs: EpochMs;
}

export interface Carried {
  readonly outcome: FindingOutcome;
  readonly error: string | null;
}

export const done: Carried = {outcome: 'done', error: null};

/** Somebody else changed it between the look and the act: the next pass looks anew. */
export function overtaken(error: string): Carried {
  return {outcome: 'overtaken', error};
}
