import type {ProviderName} from '../../core/instance/instance.ts';
import {type ReconcileReport, reconcile} from './reconcile.ts';
import {allKinds, graceMsDefault, maxDeletesDefault, type ReconcileTools} from './tools.ts';

export interface UsedReport {
  readonly reports: readonly ReconcileReport[];
  /** Providers that could not be asked at all. */
  readonly unreachable: number;
}

/** One pass over every provider that was ever used, all kinds, all organizations: the loop of `serve`. */
export async function reconcileUsed(
  tools: ReconcileTools & {readonly providers: readonly ProviderName[]},
  signal: AbortSignal,
): Promise<UsedReport> {
  const reports: ReconcileReport[] = [];
  let unreachable = 0;
  for (const provider of tools.providers) {
    if (signal.aborted) break;
    if ((await tools.store.reconciliation.usedZones(provider)).length === 0) continue;
    const call = {correlationId: tools.ids.next('correlation'), signal};
    const limits = {maxDeletes: maxDeletesDefault, graceMs: graceMsDefault};
    const request = {provider, kinds: allKinds, dryRun: false, organizationId: null, call, ...limits};
    try {
      reports.push(await reconcile(tools, request));
    } catch {
      // Tried again by the next tick; a provider that is down does not keep the others from being looked after.
      unreachable += 1;
    }
  }

  return {reports, unreachable};
}
