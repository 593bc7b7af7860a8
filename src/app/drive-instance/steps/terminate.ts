import type {Resource} from '../../../core/instance/resource.ts';
import {secondMs} from '../../../core/time.ts';
import type {InstanceFile, ResourceChange} from '../../../ports/instances.ts';
import type {CloudProvider} from '../../../ports/provider.ts';
import {resourceOf, type Step, type StepOutcome, type StepRun, type StepTools, wait} from '../step.ts';
import {discoverAttached} from './provision.ts';

/** A create that was sent may still arrive: "not found by name" is believed only after this long. */
const createSettlesMs = 5 * secondMs;

/** Finds everything that exists at the provider for this instance, also what an interrupted run did not write down. */
export const discoverForTeardown: Step = async (tools, run) => {
  await endSuperseded(run);
  const settled = await discover(tools, run);
  return settled ? {kind: 'done'} : wait(tools.provider.pollIntervalMs, 'waiting for an interrupted create to settle');
};

export const stopServer: Step = async ({provider}, run) => {
  const server = resourceOf(run.file, 'server');
  if (server.providerId === null || server.status === 'deleted') {
    return {kind: 'done'};
  }

  await run.record({resources: [{kind: 'update', resourceId: server.id, status: 'deleting'}]});
  const answer = await provider.terminateServer({zone: server.zone, providerId: server.providerId}, run.call);
  return answer === 'settling'
    ? wait(provider.pollIntervalMs, 'the machine is changing state')
    : {kind: 'done', metadata: {answer}};
};

export const awaitServerGone: Step = async ({provider}, run) => {
  const server = resourceOf(run.file, 'server');
  if (server.providerId !== null && server.status !== 'deleted') {
    if ((await provider.readServer({zone: server.zone, providerId: server.providerId}, run.call)) !== null) {
      return wait(provider.pollIntervalMs, 'the machine is shutting down');
    }
  }

  return {kind: 'done', change: {resources: [{kind: 'update', resourceId: server.id, status: 'deleted'}]}};
};

export const deleteVolumes: Step = async ({provider}, run) => {
  const {resources} = run.file;
  const kept = resources.filter(row => row.kind === 'volume' && !row.deleteOnTerminate && row.status === 'attached');
  await recordAll(
    run,
    kept.map(row => ({kind: 'update', resourceId: row.id, status: 'detached'})),
  );

  return deleteEach(
    provider,
    run,
    row => row.kind === 'volume' && row.deleteOnTerminate,
    async row => {
      const ref = {zone: row.zone, providerId: row.providerId ?? '', volumeType: row.providerType ?? ''};
      if ((await provider.deleteVolume(ref, run.call)) === 'busy') return 'busy';
      return (await provider.readVolume(ref, run.call)) === null ? 'deleted' : 'busy';
    },
  );
};

export const deleteIps: Step = ({provider}, run) =>
  deleteEach(
    provider,
    run,
    row => row.kind === 'ip',
    row => provider.deleteIp({zone: row.zone, providerId: row.providerId ?? ''}, run.call),
  );

export const deleteSecurityGroup: Step = ({provider}, run) =>
  deleteEach(
    provider,
    run,
    row => row.kind === 'security_group',
    row => provider.deleteSecurityGroup({zone: row.zone, providerId: row.providerId ?? ''}, run.call),
  );

/** Looks once more for all of it, by name too; what turned up late is removed by the same functions before this is done. */
export const confirmTermination: Step = async (tools, run) => {
  if (!(await discover(tools, run))) {
    return wait(tools.provider.pollIntervalMs, 'waiting for an interrupted create to settle');
  }

  const file = await run.record({});
  const again: StepRun = {...run, file};
  if (file.resources.some(isLeft)) {
    for (const step of [stopServer, awaitServerGone, deleteVolumes, deleteIps, deleteSecurityGroup]) {
      const outcome = await step(tools, {...again, file: await run.record({})});
      if (outcome.kind === 'wait') return outcome;
      await recordAll(run, outcome.change?.resources ?? []);
    }

    return wait(tools.provider.pollIntervalMs, 'checking once more');
  }

  return {kind: 'done', change: {fields: {billedUntilMs: tools.clock.nowMs(), endpoint: null}}};
};

/** What was under way when the end was asked for is not gone on with: it must not look as if it were. */
async function endSuperseded({file, record}: StepRun): Promise<void> {
  const open = file.actions.filter(action => action.status === 'in_progress' && action.type !== 'EXECUTE_TERMINATE');
  if (open.length === 0) return;
  const errorMessage = 'The instance was taken down before this was done.';
  await record({actions: open.map(({type}) => ({kind: 'fail', type, errorCode: 'SUPERSEDED', errorMessage}))});
}

/** Adopts by name what has no id yet and lists what hangs on the server. False: an answer may still change. */
async function discover({provider, clock, ids}: StepTools, run: StepRun): Promise<boolean> {
  const {file, call} = run;
  const server = resourceOf(file, 'server');
  const group = resourceOf(file, 'security_group');
  const changes: ResourceChange[] = [];
  let settled = true;

  if (wasSent(server)) {
    const found = await provider.findServerByName({zone: server.zone, name: server.name}, call);
    if (found !== null) {
      changes.push({kind: 'update', resourceId: server.id, providerId: found.providerId, status: 'attached'});
      changes.push(...discoverAttached(file, found, {nowMs: clock.nowMs(), nextId: () => ids.next('resource')}));
    } else {
      settled &&= isSettled(file, 'PROVIDER_CREATE', clock.nowMs());
    }
  } else if (server.providerId !== null && server.status !== 'deleted') {
    const found = await provider.readServer({zone: server.zone, providerId: server.providerId}, call);
    if (found !== null)
      changes.push(...discoverAttached(file, found, {nowMs: clock.nowMs(), nextId: () => ids.next('resource')}));
  }

  if (wasSent(group)) {
    const found = await provider.findSecurityGroupByName({zone: group.zone, name: group.name}, call);
    if (found !== null) {
      changes.push({kind: 'update', resourceId: group.id, providerId: found.providerId, status: 'attached'});
    } else {
      settled &&= isSettled(file, 'EXECUTE_CREATE', clock.nowMs());
    }
  }

  await recordAll(run, changes);
  return settled;
}

/** A create may have reached the provider, and its answer did not reach us. */
function wasSent(resource: Resource): boolean {
  return resource.providerId === null && resource.status !== 'planned' && resource.status !== 'deleted';
}

function isSettled(file: InstanceFile, step: 'PROVIDER_CREATE' | 'EXECUTE_CREATE', nowMs: number): boolean {
  const triedAtMs = file.actions.findLast(action => action.type === step)?.metadata.triedAtMs;
  return typeof triedAtMs !== 'number' || nowMs - triedAtMs >= createSettlesMs;
}

function isLeft(resource: Resource): boolean {
  return (
    resource.providerId !== null &&
    resource.status !== 'deleted' &&
    (resource.kind !== 'volume' || resource.deleteOnTerminate)
  );
}

async function deleteEach(
  {pollIntervalMs}: CloudProvider,
  run: StepRun,
  which: (row: Resource) => boolean,
  remove: (row: Resource) => Promise<'deleted' | 'busy'>,
): Promise<StepOutcome> {
  const left = run.file.resources.filter(row => which(row) && row.status !== 'deleted');
  let busy = 0;
  for (const row of left) {
    if (row.providerId === null) {
      await recordAll(run, [{kind: 'update', resourceId: row.id, status: 'deleted'}]);
      continue;
    }

    if (row.status !== 'deleting') {
      await recordAll(run, [
        {kind: 'update', resourceId: row.id, status: 'deleting', deleteAttempts: row.deleteAttempts + 1},
      ]);
    }

    if ((await remove(row)) === 'busy') {
      busy += 1;
    } else {
      await recordAll(run, [{kind: 'update', resourceId: row.id, status: 'deleted'}]);
    }
  }

  return busy > 0 ? wait(pollIntervalMs, `${busy} still attached`) : {kind: 'done', metadata: {deleted: left.length}};
}

async function recordAll(run: StepRun, resources: readonly ResourceChange[]): Promise<void> {
  if (resources.length > 0) await run.record({resources});
}
