import {asInventivError} from '../../core/errors.ts';
import {isGone} from '../../core/instance/state.ts';
import {deleteBackOffMs} from '../../core/reconcile/back-off.ts';
import {type FoundThing, keyOf, type Sighting} from '../../core/reconcile/facts.ts';
import type {Finding} from '../../core/reconcile/finding.ts';
import {instanceIdOf, isMadeWithServer} from '../../core/reconcile/ownership.ts';
import {endThing} from './end-thing.ts';
import {tellOrphan} from './orphan-events.ts';
import {type Carried, done, overtaken, type Pass} from './pass.ts';

/**
 * Deletes something of ours that has no row. The condemnation is written first, with the disks that were made with a
 * server: once the server is gone, nothing at the provider says any more whose they were.
 */
export async function deleteOrphan(pass: Pass, finding: Finding, thing: FoundThing): Promise<Carried> {
  const {tools, request, provider} = pass;
  const {reconciliation} = tools.store;
  const claimed = await claimedMeanwhile(pass, thing);
  if (claimed !== null) return overtaken(claimed);

  const sighting = condemned(pass, thing);
  await reconciliation.saveSightings(request.provider, [
    sighting,
    ...(thing.kind === 'server' ? disksMadeWith(pass, thing) : []),
  ]);
  const instanceId = thing.kind === 'volume' ? finding.instanceId : null;
  await recordOrphanAction(pass, instanceId, {kind: 'start', providerId: thing.providerId, reason: finding.reason});
  const failed = async (outcome: 'pending' | 'failed', error: string): Promise<Carried> => {
    await reconciliation.saveSightings(request.provider, [{...sighting, lastError: error}]);
    await recordOrphanAction(pass, instanceId, {kind: 'fail', error});
    return {outcome, error};
  };
  try {
    const means = {provider, clock: tools.clock, call: request.call};
    if ((await endThing(means, thing, pass.settleUntilMs)) === 'busy') {
      return await failed('pending', 'the provider still holds it: in use, or being released');
    }
  } catch (thrown) {
    return failed('failed', asInventivError(thrown).message);
  }

  await recordOrphanAction(pass, instanceId, {kind: 'succeed'});
  await reconciliation.dropSightings(request.provider, [thing]);
  await tellOrphan(tools, request, finding, 'deleted');
  return done;
}

/** Why it is not an orphan after all: a row has come, or its instance lives. */
async function claimedMeanwhile({tools, request}: Pass, thing: FoundThing): Promise<string | null> {
  const {reconciliation} = tools.store;
  const names = thing.name === null ? [] : [thing.name];
  const rows = await reconciliation.findRows({provider: request.provider, providerIds: [thing.providerId], names});
  const claims = rows.some(
    ({resource}) =>
      resource.kind === thing.kind &&
      (resource.providerId === thing.providerId || (resource.providerId === null && resource.status !== 'deleted')),
  );
  if (claims) return 'the store has a row for it now';
  const namedId = instanceIdOf(thing.tags);
  const [named] = namedId === null ? [] : await reconciliation.findInstances([namedId]);
  return named !== undefined && !isGone(named.state) ? `"${named.name}" lives` : null;
}

function condemned({tools, observed}: Pass, thing: FoundThing): Sighting {
  const nowMs = tools.clock.nowMs();
  const before = observed.sightings.get(keyOf(thing));
  const deleteAttempts = (before?.deleteAttempts ?? 0) + 1;
  return {
    ...sightingOf(thing, nowMs, before),
    ...{condemned: true, deleteAttempts, nextAttemptAtMs: nowMs + deleteBackOffMs(deleteAttempts)},
  };
}

function disksMadeWith({tools, observed}: Pass, server: FoundThing): readonly Sighting[] {
  const nowMs = tools.clock.nowMs();
  return (observed.thingsOnServer.get(server.providerId) ?? [])
    .filter(isMadeWithServer)
    .map(thing => ({...sightingOf(thing, nowMs, observed.sightings.get(keyOf(thing))), condemned: true}));
}

/** A thing without a row, as it is kept from pass to pass. */
export function sightingOf(thing: FoundThing, nowMs: number, before: Sighting | undefined): Sighting {
  return {
    kind: thing.kind,
    providerId: thing.providerId,
    zone: thing.zone,
    name: thing.name,
    providerType: thing.providerType,
    firstSeenAtMs: before?.firstSeenAtMs ?? nowMs,
    lastSeenAtMs: nowMs,
    condemned: before?.condemned ?? false,
    deleteAttempts: before?.deleteAttempts ?? 0,
    nextAttemptAtMs: before?.nextAttemptAtMs ?? null,
    lastError: before?.lastError ?? null,
  };
}

type OrphanStep =
  | {readonly kind: 'start'; readonly providerId: string; readonly reason: string}
  | {readonly kind: 'succeed'}
  | {readonly kind: 'fail'; readonly error: string};

/** In the timeline of the instance whose tag the orphan carries, when the store still knows it. */
async function recordOrphanAction({tools, request}: Pass, instanceId: string | null, step: OrphanStep): Promise<void> {
  if (instanceId === null) return;
  const type = 'VOLUME_RECONCILIATION_ORPHAN';
  const action =
    step.kind === 'start'
      ? ({kind: 'start', type, metadata: {providerId: step.providerId, reason: step.reason}} as const)
      : step.kind === 'fail'
        ? ({kind: 'fail', type, errorCode: 'DELETE_FAILED', errorMessage: step.error} as const)
        : ({kind: 'succeed', type} as const);
  await tools.instances.record({instanceId, correlationId: request.call.correlationId, actions: [action]});
}
