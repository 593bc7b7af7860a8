import {asInventivError} from '../../core/errors.ts';
import type {ActionType} from '../../core/instance/action.ts';
import type {Resource, ResourceKind} from '../../core/instance/resource.ts';
import {isGone} from '../../core/instance/state.ts';
import {deleteBackOffMs} from '../../core/reconcile/back-off.ts';
import {minuteMs} from '../../core/time.ts';
import type {InstanceChange} from '../../ports/instances.ts';
import type {CallContext, CloudProvider} from '../../ports/provider.ts';
import {endThing} from './end-thing.ts';
import {type Carried, done, overtaken} from './pass.ts';
import type {ReconcileTools} from './tools.ts';

/** What one more try to delete a leftover is called in the timeline of its instance. */
const retryActions: Readonly<Record<ResourceKind, ActionType>> = {
  server: 'PROVIDER_TERMINATE',
  volume: 'VOLUME_RECONCILIATION_RETRY_DELETE',
  snapshot: 'VOLUME_RECONCILIATION_RETRY_DELETE',
  ip: 'PROVIDER_DELETE_IP',
  security_group: 'PROVIDER_DELETE_SECURITY_GROUP',
};

export interface KnownDeletion {
  /** The row as it was when the deletion was decided. */
  readonly resource: Resource;
  /** Its id at the provider; the row may not have it yet. */
  readonly providerId: string;
  readonly reason: string;
  readonly settleUntilMs: number;
}

/** Longer than one deletion is waited for: whoever comes after a crash waits this long. */
const leaseTtlMs = 2 * minuteMs;

/**
 * Deletes what a gone instance left behind: the try is written down with the time of the next one before the provider is
 * called, so that no crash and no second process makes it a storm.
 */
export async function deleteKnown(
  tools: Pick<ReconcileTools, 'instances' | 'clock'>,
  provider: CloudProvider,
  deletion: KnownDeletion,
  call: CallContext,
): Promise<Carried> {
  const {instances} = tools;
  const {instanceId} = deletion.resource;
  // Nobody drives what is gone: the lease is free, and keeps a second pass from deleting beside this one.
  const owner = `reconcile:${call.correlationId}`;
  if (!(await instances.acquireLease(instanceId, owner, leaseTtlMs))) return overtaken('another process works on it');
  try {
    return await deleteAlone(tools, provider, deletion, call);
  } finally {
    await instances.releaseLease(instanceId, owner);
  }
}

async function deleteAlone(
  {instances, clock}: Pick<ReconcileTools, 'instances' | 'clock'>,
  provider: CloudProvider,
  {resource, providerId, reason, settleUntilMs}: KnownDeletion,
  call: CallContext,
): Promise<Carried> {
  const file = await instances.load(resource.instanceId);
  const now = file?.resources.find(({id}) => id === resource.id);
  if (file === null || now === undefined || !isGone(file.instance.state)) return overtaken('its instance lives again');
  if (now.status !== resource.status || now.deleteAttempts !== resource.deleteAttempts) {
    return overtaken('another process works on it');
  }
  if (now.kind === 'volume' && !now.deleteOnTerminate) return overtaken('it is kept since');

  const type = retryActions[resource.kind];
  const attempts = now.deleteAttempts + 1;
  const record = (change: Pick<InstanceChange, 'actions' | 'resources'>) =>
    instances.record({instanceId: resource.instanceId, correlationId: call.correlationId, ...change});
  const update = {kind: 'update', resourceId: resource.id} as const;
  await record({
    actions: [{kind: 'start', type, metadata: {by: 'reconcile', providerId, reason}}],
    resources: [
      {
        ...update,
        ...{status: 'deleting', providerId, deleteAttempts: attempts},
        nextAttemptAtMs: clock.nowMs() + deleteBackOffMs(attempts),
      },
    ],
  });

  try {
    const target = {kind: resource.kind, zone: resource.zone, providerId, providerType: resource.providerType};
    if ((await endThing({provider, clock, call}, target, settleUntilMs)) === 'busy') {
      const errorMessage = 'the provider still holds it: in use, or being released';
      await record({
        actions: [{kind: 'fail', type, errorCode: 'BUSY', errorMessage}],
        resources: [{...update, lastError: errorMessage}],
      });
      return {outcome: 'pending', error: errorMessage};
    }
  } catch (thrown) {
    const error = asInventivError(thrown);
    await record({
      actions: [{kind: 'fail', type, errorCode: error.detailCode ?? error.code, errorMessage: error.message}],
      resources: [{...update, lastError: error.message}],
    });
    return {outcome: 'failed', error: error.message};
  }

  await record({
    actions: [{kind: 'succeed', type}],
    resources: [{...update, status: 'deleted', nextAttemptAtMs: null, lastError: null, reconciledAtMs: clock.nowMs()}],
  });
  return done;
}
