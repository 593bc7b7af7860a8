import {asInventivError} from '../../core/errors.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {Resource} from '../../core/instance/resource.ts';
import {newResource, resourceName} from '../../core/instance/resource-names.ts';
import {isGone} from '../../core/instance/state.ts';
import type {FoundThing} from '../../core/reconcile/facts.ts';
import type {Finding} from '../../core/reconcile/finding.ts';
import {isUnderWay} from '../../core/reconcile/judge-known.ts';
import type {InstanceChange, InstanceFile, ResourceChange} from '../../ports/instances.ts';
import {type Carried, done, overtaken, type Pass} from './pass.ts';

/** The store learns that something is there. */
export async function adopt(pass: Pass, finding: Finding, thing: FoundThing): Promise<Carried> {
  const file = await loadFile(pass, finding);
  if (file === null || isUnderWay(file.instance)) return overtaken('its instance moves');
  const nowMs = pass.tools.clock.nowMs();
  const status = thing.serverId === null && thing.kind !== 'server' ? 'detached' : 'attached';
  const facts = {status, providerId: thing.providerId, reconciledAtMs: nowMs, address: thing.address} as const;
  const measured = {sizeBytes: thing.sizeBytes, iops: thing.iops, isBoot: thing.isBoot};
  const change: ResourceChange =
    finding.resourceId === null
      ? {kind: 'insert', resource: rowFor(pass, file.instance, thing, {...facts, ...measured, attachedAtMs: nowMs})}
      : {kind: 'update', resourceId: finding.resourceId, ...facts, nextAttemptAtMs: null, lastError: null};
  return recordOn(pass, file, {resources: [change]});
}

/**
 * The store learns that nothing is left. A live instance whose server was deleted goes through the ordinary teardown,
 * which removes what the deletion left behind.
 */
export async function forget(pass: Pass, finding: Finding): Promise<Carried> {
  const file = await loadFile(pass, finding);
  const row = file?.resources.find(({id}) => id === finding.resourceId);
  if (file === null || row === undefined || isUnderWay(file.instance)) return overtaken('its instance moves');
  if (row.kind === 'ip' && row.providerId !== null) {
    const ref = {zone: row.zone, providerId: row.providerId};
    if ((await pass.provider.deleteIp(ref, pass.request.call)) === 'busy') {
      return {outcome: 'pending', error: 'the address is still attached'};
    }
  }

  const {state} = file.instance;
  const reconciledAtMs = pass.tools.clock.nowMs();
  const resources = [{kind: 'update', resourceId: row.id, status: 'deleted', reconciledAtMs} as const];
  if (row.kind !== 'server' || isGone(state)) return recordOn(pass, file, {resources});
  return recordOn(pass, file, {
    resources,
    actions: [
      {kind: 'succeed', type: 'PROVIDER_DELETED_DETECTED'},
      {kind: 'succeed', type: 'REQUEST_TERMINATE'},
    ],
    transition: {from: state, to: 'terminating', reason: `deleted at ${file.instance.provider}`},
  });
}

async function loadFile({tools}: Pass, {instanceId}: Finding): Promise<InstanceFile | null> {
  return instanceId === null ? null : tools.instances.load(instanceId);
}

function rowFor(pass: Pass, instance: Instance, thing: FoundThing, facts: Partial<Resource>): Resource {
  const {tools} = pass;
  return newResource(
    instance,
    {
      ...facts,
      ...{id: tools.ids.next('resource'), kind: thing.kind, status: facts.status ?? 'attached'},
      ...{providerType: thing.providerType, zone: thing.zone},
      name: `${resourceName(instance, thing.kind)}-${thing.providerId.slice(-8)}`,
    },
    tools.clock.nowMs(),
  );
}

/** Only while the instance is in the state it was decided for. */
async function recordOn(
  {tools, request}: Pass,
  {instance}: InstanceFile,
  change: Pick<InstanceChange, 'resources' | 'actions' | 'transition'>,
): Promise<Carried> {
  const unmoved = {from: instance.state, to: instance.state, reason: 'reconciled'};
  try {
    await tools.instances.record({
      ...{instanceId: instance.id, correlationId: request.call.correlationId, transition: unmoved},
      ...change,
    });
    return done;
  } catch (thrown) {
    const error = asInventivError(thrown);
    if (error.code === 'conflict') return overtaken(error.message);
    throw thrown;
  }
}
