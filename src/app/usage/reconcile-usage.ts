import type {TokenSums, UsageDrift} from '../../core/finops/drift.ts';
import {driftOf} from '../../core/finops/drift.ts';
import type {Action} from '../../core/instance/action.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {SecretBox} from '../../ports/secrets.ts';
import type {UsageStore} from '../../ports/usage.ts';
import type {WorkerClient, WorkerLoad} from '../../ports/worker.ts';
import {workerKeyContext} from '../drive-instance/steps/install.ts';

export interface UsageReconcileTools {
  readonly instances: Pick<InstanceStore, 'actions'>;
  readonly usage: Pick<UsageStore, 'totals' | 'list'>;
  readonly worker: Pick<WorkerClient, 'readLoad'>;
  readonly secretBox: SecretBox;
}

/** Compares what the engines of an instance count with what its ledger lines say. Changes nothing. */
export async function reconcileUsage(
  tools: UsageReconcileTools,
  instance: Instance,
  signal: AbortSignal,
): Promise<UsageDrift> {
  const scope = {organizationId: instance.organizationId};
  const before = await ledgerOf(tools, scope, instance.id);
  const [load, probes] = await Promise.all([readLoad(tools, instance, signal), probesOf(tools, scope, instance.id)]);
  const ledger = await ledgerOf(tools, scope, instance.id);
  const isMoving = before.sums.prompt !== ledger.sums.prompt || before.sums.completion !== ledger.sums.completion;
  const [last] = await tools.usage.list(scope, {instanceId: instance.id, limit: 1});
  // The agent's sample does not know of what ended after it was taken.
  const isStale = load !== null && last !== undefined && last.finishedAtMs >= load.sampledAtMs;
  const isBusy = isMoving || isStale || (load !== null && load.running + load.waiting > 0);
  const engine = load?.counted ?? null;
  return {
    instanceId: instance.id,
    instanceName: instance.name,
    ...{engine, probes, ledger: ledger.sums, estimatedLines: ledger.estimated},
    ...driftOf(engine, {ledger: ledger.sums, probes, isBusy}),
    sampledAtMs: load?.sampledAtMs ?? null,
  };
}

async function ledgerOf(
  {usage}: UsageReconcileTools,
  scope: OrgScope,
  instanceId: string,
): Promise<{sums: TokenSums; estimated: number}> {
  const {promptTokens, completionTokens, estimated} = await usage.totals(scope, {instanceId});
  return {sums: {prompt: promptTokens, completion: completionTokens}, estimated};
}

async function readLoad(
  {worker, secretBox}: UsageReconcileTools,
  {id, endpoint, workerKeySealed, correlationId}: Instance,
  signal: AbortSignal,
): Promise<WorkerLoad | null> {
  if (endpoint === null) return null;
  const workerKey = secretBox.open(workerKeySealed, workerKeyContext(id));
  return worker.readLoad({endpoint, workerKey, correlationId, signal});
}

/** The warm-ups of readiness, as their actions recorded them. */
async function probesOf({instances}: UsageReconcileTools, scope: OrgScope, instanceId: string): Promise<TokenSums> {
  const actions = await instances.actions(scope, instanceId);
  const warmUps = actions.filter(({type, status}) => type === 'WORKER_VLLM_WARMUP' && status === 'success');
  const sum = (name: string): number => warmUps.reduce((total, action) => total + countIn(action, name), 0);
  return {prompt: sum('promptTokens'), completion: sum('completionTokens')};
}

function countIn({metadata}: Action, name: string): number {
  const value = metadata[name];
  return typeof value === 'number' ? value : 0;
}
