import {InventivError} from '../../../core/errors.ts';
import {diesWithItsServer} from '../../../core/instance/resource.ts';
import {newResource, resourceName, resourceTags} from '../../../core/instance/resource-names.ts';
import {secondMs} from '../../../core/time.ts';
import type {InstanceFile, ResourceChange} from '../../../ports/instances.ts';
import type {ProviderRef, ProviderServer, SecurityGroupRequest} from '../../../ports/provider.ts';
import {providerIdOf, resourceOf, type Step, type StepOutcome, type StepRun, type StepTools, wait} from '../step.ts';

/** Every recorded start shows within this time; one that is stopped later was refused. */
const powerOnShowsMs = 10 * secondMs;
const bytesPerGb = 1_000_000_000;

/** Checks that the zone can deliver and makes the security group, so that the server is born in it. */
export const prepareCreate: Step = async ({provider}, run) => {
  const {instance} = run.file;
  const group = resourceOf(run.file, 'security_group');
  await provider.preflight({zone: instance.zone, instanceType: instance.instanceType}, run.call);
  if (group.providerId !== null) {
    return {kind: 'done'};
  }

  await run.record({resources: [{kind: 'update', resourceId: group.id, status: 'creating'}]});
  const {providerId} = await provider.ensureSecurityGroup(securityGroupRequest(run.file), run.call);
  return {kind: 'done', change: {resources: [{kind: 'update', resourceId: group.id, providerId, status: 'attached'}]}};
};

/** Makes the server, or adopts the one an interrupted run made, and writes down every id before anything else can fail. */
export const createServer: Step = async ({provider, clock, ids}, run) => {
  const {instance} = run.file;
  const serverRow = resourceOf(run.file, 'server');
  await run.record({resources: [{kind: 'update', resourceId: serverRow.id, status: 'creating'}]});

  const server = await provider.ensureServer(
    {
      zone: instance.zone,
      name: serverRow.name,
      tags: resourceTags(instance),
      instanceType: instance.instanceType,
      securityGroupId: providerIdOf(run.file, 'security_group'),
    },
    run.call,
  );
  await run.record({
    resources: [
      {
        kind: 'update',
        resourceId: serverRow.id,
        providerId: server.providerId,
        status: 'attached',
        providerType: server.instanceType,
      },
      ...discoverAttached(run.file, server, {nowMs: clock.nowMs(), nextId: () => ids.next('resource')}),
    ],
    actions: [{kind: 'succeed', type: 'PERSIST_PROVIDER_ID', metadata: {providerId: server.providerId}}],
  });
  return {kind: 'done', metadata: {providerId: server.providerId}};
};

/** Grows the boot volume the provider made to what the model needs, before the machine starts. */
export const growBootVolume: Step = async ({provider}, run) => {
  const {instance, resources} = run.file;
  const boot = resources.findLast(row => row.kind === 'volume' && row.isBoot && row.status !== 'deleted');
  if (boot === undefined || boot.providerId === null || boot.providerType === null) {
    return {kind: 'done', metadata: {skipped: 'the machine has no boot volume of its own'}};
  }

  const ref = {zone: instance.zone, providerId: boot.providerId, volumeType: boot.providerType};
  const volume = await provider.readVolume(ref, run.call);
  if (volume === null) {
    throw new InventivError('instance_failed', `The boot volume ${boot.providerId} is gone at ${instance.provider}.`, {
      hint: 'Somebody deleted it. Run "inventiv up" again.',
    });
  }

  const wantedBytes = instance.spec.diskGb * bytesPerGb;
  if (volume.sizeBytes >= wantedBytes && volume.status !== 'updating') {
    const grown = {kind: 'update', resourceId: boot.id, sizeBytes: volume.sizeBytes, iops: volume.iops} as const;
    return {kind: 'done', metadata: {sizeBytes: volume.sizeBytes}, change: {resources: [grown]}};
  }

  if (volume.status !== 'updating') {
    const name = resourceName(instance, 'volume');
    await provider.growVolume(ref, {sizeBytes: wantedBytes, name, tags: resourceTags(instance)}, run.call);
  }

  return wait(provider.pollIntervalMs, `growing the disk to ${instance.spec.diskGb} GB`);
};

/** Asks for power. Billing starts here. */
export const powerOn: Step = async (tools, run) => {
  const {provider, clock} = tools;
  const {instance} = run.file;
  if (instance.billedFromMs === null) {
    await run.record({fields: {billedFromMs: clock.nowMs()}});
  }

  await onLiveServer(tools, run, ref => provider.powerOn(ref, run.call));
  return {kind: 'done'};
};

export const awaitAddress: Step = async (tools, run) => {
  const server = await readLiveServer(tools, run);
  refuseFallenBack(server, run.file, tools.clock.nowMs());
  if (server.address === null || server.state !== 'running') {
    return wait(tools.provider.pollIntervalMs, `machine ${server.state}`);
  }

  const row = resourceOf(run.file, 'server');
  return {
    kind: 'done',
    metadata: {address: server.address.host},
    change: {resources: [{kind: 'update', resourceId: row.id, address: server.address.host}]},
  };
};

/** A provider may accept a power-on and find no machine for it: the server is then simply stopped again. */
function refuseFallenBack({state}: ProviderServer, {instance, actions}: InstanceFile, nowMs: number): void {
  const acceptedAtMs = actions.findLast(action => action.type === 'PROVIDER_START')?.finishedAtMs ?? nowMs;
  if (state === 'stopped' && nowMs - acceptedAtMs >= powerOnShowsMs) {
    throw new InventivError(
      'no_capacity',
      `${instance.zone} accepted the start of a ${instance.instanceType} and then had none.`,
      {
        hint: 'Allow more with --zone, --type or --fallback any, or wait for room: --wait-capacity 30m.',
        detailCode: 'out_of_stock',
      },
    );
  }
}

export const confirmSecurityGroup: Step = async (tools, run): Promise<StepOutcome> => {
  await onLiveServer(tools, run, ref =>
    tools.provider.confirmSecurityGroup(ref, securityGroupRequest(run.file), run.call),
  );
  return {kind: 'done', metadata: {openPorts: [...run.file.instance.spec.openPorts]}};
};

/** The server as it is now; its disappearance is a failure with a reason, not a wait. */
export async function readLiveServer({provider}: Pick<StepTools, 'provider'>, run: StepRun): Promise<ProviderServer> {
  const {instance} = run.file;
  const server = await provider.readServer(
    {zone: instance.zone, providerId: providerIdOf(run.file, 'server')},
    run.call,
  );
  if (server === null) {
    throw new InventivError(
      'instance_failed',
      `The server of "${instance.name}" no longer exists at ${instance.provider}.`,
      {
        hint: 'It was deleted outside inventiv. Run "inventiv up" again.',
        detailCode: 'PROVIDER_DELETED',
      },
    );
  }

  return server;
}

/** A change to a server that turns out to be gone fails with that as its reason, not with the provider's "not found". */
async function onLiveServer(tools: StepTools, run: StepRun, act: (ref: ProviderRef) => Promise<void>): Promise<void> {
  try {
    await act({zone: run.file.instance.zone, providerId: providerIdOf(run.file, 'server')});
  } catch (error) {
    if (error instanceof InventivError && error.code === 'not_found') await readLiveServer(tools, run);
    throw error;
  }
}

/** Rows for volumes and billable addresses a server has and the store does not know. */
export function discoverAttached(
  file: InstanceFile,
  server: ProviderServer,
  source: {nowMs: number; nextId: () => string},
): readonly ResourceChange[] {
  const known = new Set(file.resources.map(resource => resource.providerId));
  const volumes = server.volumes
    .filter(volume => !known.has(volume.providerId))
    .map(volume => ({
      kind: 'volume' as const,
      providerId: volume.providerId,
      providerType: volume.volumeType,
      isBoot: volume.isBoot,
      // A disk that somebody attached by hand is theirs: teardown lets go of it and leaves it.
      deleteOnTerminate: volume.isBoot || diesWithItsServer(volume.volumeType),
      sizeBytes: volume.sizeBytes,
      name: `${resourceName(file.instance, 'volume')}-${volume.providerId.slice(-8)}`,
    }));
  const ips = server.ipIds
    .filter(ipId => !known.has(ipId))
    .map(ipId => ({
      kind: 'ip' as const,
      providerId: ipId,
      name: `${resourceName(file.instance, 'ip')}-${ipId.slice(-8)}`,
    }));

  return [...volumes, ...ips].map(facts => ({
    kind: 'insert',
    resource: newResource(
      file.instance,
      {id: source.nextId(), status: 'attached', attachedAtMs: source.nowMs, ...facts},
      source.nowMs,
    ),
  }));
}

function securityGroupRequest(file: InstanceFile): SecurityGroupRequest {
  const {instance} = file;
  return {
    zone: instance.zone,
    name: resourceOf(file, 'security_group').name,
    tags: resourceTags(instance),
    openPorts: instance.spec.openPorts,
    sourceRanges: instance.spec.sourceRanges,
  };
}
