import {isGone, isMoving} from '../instance/state.ts';
import {formatDuration} from '../time.ts';
import type {FoundThing, KnownInstance, KnownRow, ReconcileFacts} from './facts.ts';
import {isOurs} from './owner-of.ts';
import {isLocalVolume} from './ownership.ts';
import type {ServerEnds, Verdict} from './verdict.ts';
import type {World} from './world.ts';

/** A thing that has a row. */
export function judgeKnown(world: World, row: KnownRow, thing: FoundThing, serverEnds: ServerEnds): Verdict {
  const {resource, instance} = row;
  const {facts} = world;
  if (isGone(instance.state)) return judgeLeftOver(world, row, thing, serverEnds);
  if (isUnderWay(instance)) return judgeUnderWay(instance, facts);
  if (resource.status === 'deleted') {
    return {kind: 'adopt', reason: `"${instance.name}" is ${instance.state}, and this is there after all`};
  }

  return resource.providerId === null
    ? {kind: 'adopt', reason: `made for "${instance.name}", and found by its name`}
    : {kind: 'keep', reason: `belongs to "${instance.name}"`};
}

/** A row of which nothing was found where it should be. */
export function judgeMissing(
  {resource, instance}: KnownRow,
  {absentRowIds}: Pick<ReconcileFacts, 'absentRowIds'>,
): Verdict {
  const isKept = resource.kind === 'volume' && !resource.deleteOnTerminate;
  if (isUnderWay(instance)) return {kind: 'keep', reason: `"${instance.name}" is ${instance.state}`, isKept};
  if (resource.providerId === null) {
    return isGone(instance.state)
      ? {kind: 'forget', reason: 'it was never made'}
      : {kind: 'keep', reason: 'it is not made yet'};
  }

  if (!absentRowIds.has(resource.id)) {
    return {kind: 'keep', reason: 'it is not listed, and could not be asked for by its id', isKept};
  }

  return {
    kind: 'forget',
    reason: isGone(instance.state)
      ? 'the provider has nothing of this id any more'
      : `deleted at the provider while "${instance.name}" is ${instance.state}`,
  };
}

/** The driver works on it: what is there or missing now says nothing yet. */
export function isUnderWay({state}: Pick<KnownInstance, 'state'>): boolean {
  return isMoving(state) || state === 'provisioning_failed';
}

/** Work of the driver; a teardown that nobody drives goes on costing, and is told. */
export function judgeUnderWay(
  {name, state, stateSinceMs, leaseUntilMs}: KnownInstance,
  {nowMs, policy}: Pick<ReconcileFacts, 'nowMs' | 'policy'>,
): Verdict {
  const isDriven = leaseUntilMs !== null && leaseUntilMs > nowMs;
  if (state === 'terminating' && !isDriven && nowMs - stateSinceMs > policy.graceMs) {
    return {kind: 'wait', reason: `nobody goes on with the teardown: inventiv down ${name}`, isLeak: true};
  }

  return {kind: 'keep', reason: `"${name}" is ${state}`};
}

/** Its instance is gone. */
function judgeLeftOver(world: World, row: KnownRow, thing: FoundThing, serverEnds: ServerEnds): Verdict {
  const {resource, instance} = row;
  if (resource.kind === 'volume' && !resource.deleteOnTerminate) {
    return resource.status === 'deleted'
      ? {kind: 'adopt', reason: 'it is kept, and there after all', isKept: true}
      : {kind: 'keep', reason: 'kept on purpose', isKept: true};
  }

  const held = heldBack(world, thing, serverEnds, resource.nextAttemptAtMs);
  if (held !== null) return held;
  const reason =
    resource.status === 'deleted' || resource.status === 'deleting'
      ? `recorded as ${resource.status}, and still there`
      : `"${instance.name}" is ${instance.state}, and this is still there`;
  return {kind: 'delete', reason, isLeak: true};
}

/** Why something that should go cannot go now; null when it can. */
export function heldBack(
  world: World,
  thing: FoundThing,
  serverEnds: ServerEnds,
  nextAttemptAtMs: number | null,
): Verdict | null {
  const {nowMs} = world.facts;
  const wait = (reason: string): Verdict => ({kind: 'wait', reason, isLeak: true});
  if (thing.serverId !== null && !serverEnds(thing.serverId)) return wait(`it hangs on the server ${thing.serverId}`);
  if (thing.kind === 'server') {
    const foreign = foreignLocalVolume(world, thing);
    if (foreign !== undefined) return wait(`a disk that is not ours would go with it: detach ${foreign.providerId}`);
  }

  if (nextAttemptAtMs !== null && nextAttemptAtMs > nowMs) {
    return wait(`the last deletion did not succeed, the next try is in ${formatDuration(nextAttemptAtMs - nowMs)}`);
  }

  return null;
}

/** A local disk in our server that is not ours, put there by hand: the provider would end it with the server. */
function foreignLocalVolume(world: World, server: FoundThing): FoundThing | undefined {
  return world.thingsOnServer
    .get(server.providerId)
    ?.filter(thing => thing.kind === 'volume' && isLocalVolume(thing.providerType) && !isOurs(world, thing))
    .toSorted((left, right) => (left.providerId < right.providerId ? -1 : 1))[0];
}
