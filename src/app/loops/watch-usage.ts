import type {UsageDrift} from '../../core/finops/drift.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import {reconcileUsage, type UsageReconcileTools} from '../usage/reconcile-usage.ts';

const listLimit = 1000;

/** Compares every ready instance's own counters with the ledger; those in use at the moment say nothing yet. */
export async function watchUsage(
  tools: UsageReconcileTools & {readonly instances: Pick<InstanceStore, 'listByState' | 'actions'>},
  signal: AbortSignal,
): Promise<readonly UsageDrift[]> {
  const drifts: UsageDrift[] = [];
  for (const instance of await tools.instances.listByState(['ready'], listLimit)) {
    if (signal.aborted) break;
    drifts.push(await reconcileUsage(tools, instance, signal));
  }

  return drifts;
}
