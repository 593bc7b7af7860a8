import {InventivError} from '../../core/errors.ts';
import type {Instance, ProviderName} from '../../core/instance/instance.ts';
import type {Resource} from '../../core/instance/resource.ts';
import {isGone} from '../../core/instance/state.ts';
import {isLocalVolume} from '../../core/reconcile/ownership.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import {minuteMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {InstanceStore, ResourceFields} from '../../ports/instances.ts';
import type {CallContext, CloudProvider} from '../../ports/provider.ts';
import {deleteKnown} from './delete-known.ts';

export interface VolumeTools {
  readonly instances: InstanceStore;
  readonly clock: Clock;
  readonly providerFor: (name: ProviderName) => CloudProvider;
}

export interface OwnedVolume {
  readonly volume: Resource;
  readonly instance: Instance;
}

const settleMs = minuteMs / 2;

export async function listVolumes(
  {instances}: Pick<VolumeTools, 'instances'>,
  scope: OrgScope,
  filter: {instanceId?: string | undefined; includeDeleted: boolean},
): Promise<readonly OwnedVolume[]> {
  const {instanceId, includeDeleted} = filter;
  const rows = await instances.resources(scope, {
    kind: 'volume',
    includeDeleted,
    ...(instanceId === undefined ? {} : {instanceId}),
  });
  const owners = new Map(
    (await instances.list(scope, {includeGone: true, includeArchived: true})).map(instance => [instance.id, instance]),
  );
  const owned = await Promise.all(
    rows.map(async volume => {
      const instance = owners.get(volume.instanceId) ?? (await instances.find(scope, volume.instanceId));
      return instance === null ? [] : [{volume, instance}];
    }),
  );
  return owned.flat();
}

/** By row id, provider id or name, within the organization; what exists comes before what is deleted. */
export async function findVolume(
  tools: Pick<VolumeTools, 'instances'>,
  scope: OrgScope,
  reference: string,
): Promise<OwnedVolume> {
  const rows = await tools.instances.resources(scope, {kind: 'volume', includeDeleted: true});
  const named = rows.filter(({id, providerId, name}) => [id, providerId, name].includes(reference));
  const volume = named.find(({status}) => status !== 'deleted') ?? named[0];
  const instance = volume === undefined ? null : await tools.instances.find(scope, volume.instanceId);
  if (volume === undefined || instance === null) {
    throw new InventivError('not_found', `There is no volume "${reference.slice(0, 80)}".`, {
      hint: 'List them with "inventiv volumes list --all".',
      param: 'volume',
    });
  }

  return {volume, instance};
}

/** The volume outlives its instance, and is paid for until it is deleted. */
export async function keepVolume(
  tools: VolumeTools,
  scope: OrgScope,
  reference: string,
  call: CallContext,
): Promise<OwnedVolume> {
  const owned = await findVolume(tools, scope, reference);
  const {volume, instance} = owned;
  refuseEnding(owned);
  if (isLocalVolume(volume.providerType)) {
    throw new InventivError('conflict', `${volume.name} is a local disk of its machine and ends with it.`, {
      hint: 'Only block volumes can be kept.',
    });
  }

  if (instance.state === 'terminating') {
    throw new InventivError('conflict', `"${instance.name}" is being torn down: it is too late to keep its volumes.`, {
      hint: `See what is left of it: inventiv volumes list --instance ${instance.name} --all`,
    });
  }

  return update(tools, scope, owned, {deleteOnTerminate: false}, call);
}

/** The volume goes with its instance again; when that is gone already, the next reconciliation deletes it. */
export async function releaseVolume(
  tools: VolumeTools,
  scope: OrgScope,
  reference: string,
  call: CallContext,
): Promise<OwnedVolume> {
  const owned = await findVolume(tools, scope, reference);
  refuseEnding(owned);
  return update(tools, scope, owned, {deleteOnTerminate: true}, call);
}

/** Deletes the volume of a gone instance at the provider; a deleted one stays deleted. */
export async function deleteVolume(
  tools: VolumeTools,
  scope: OrgScope,
  reference: string,
  call: CallContext,
): Promise<OwnedVolume> {
  const owned = await findVolume(tools, scope, reference);
  const {volume, instance} = owned;
  if (volume.status === 'deleted') return owned;
  if (!isGone(instance.state)) {
    throw new InventivError('conflict', `${volume.name} belongs to "${instance.name}", which is ${instance.state}.`, {
      hint: `It goes with its instance: inventiv down ${instance.name}. Only volumes of gone instances are deleted alone.`,
    });
  }

  if (volume.providerId === null) return update(tools, scope, owned, {status: 'deleted'}, call);
  const released = await update(tools, scope, owned, {deleteOnTerminate: true}, call);
  const {outcome, error} = await deleteKnown(
    tools,
    tools.providerFor(instance.provider),
    {
      resource: released.volume,
      providerId: volume.providerId,
      reason: 'volumes delete',
      settleUntilMs: tools.clock.nowMs() + settleMs,
    },
    call,
  );
  if (outcome !== 'done') {
    throw new InventivError('conflict', `${volume.name} is not deleted yet: ${error ?? outcome}.`, {
      hint: 'It is tried again by "inventiv reconcile volumes" and by a running serve.',
      retryable: true,
    });
  }

  return findVolume(tools, scope, volume.id);
}

function refuseEnding({volume}: OwnedVolume): void {
  if (volume.status !== 'deleting' && volume.status !== 'deleted') return;
  throw new InventivError('conflict', `${volume.name} is ${volume.status}.`, {
    hint: 'See its times: inventiv volumes show',
  });
}

/** Only while the instance is in the state that was looked at: a teardown that begins meanwhile makes it a conflict. */
async function update(
  {instances}: VolumeTools,
  scope: OrgScope,
  {volume, instance}: OwnedVolume,
  fields: ResourceFields,
  {correlationId}: CallContext,
): Promise<OwnedVolume> {
  await instances.record({
    instanceId: instance.id,
    correlationId,
    resources: [{kind: 'update', resourceId: volume.id, ...fields}],
    transition: {from: instance.state, to: instance.state, reason: 'volume changed'},
  });
  return findVolume({instances}, scope, volume.id);
}
