import {isGone} from '../instance/state.ts';
import {formatDuration, minuteMs} from '../time.ts';
import type {FoundThing, KnownInstance, ReconcilePolicy, Sighting} from './facts.ts';
import {keyOf} from './facts.ts';
import {heldBack, isUnderWay, judgeUnderWay} from './judge-known.ts';
import {ownerOf} from './owner-of.ts';
import {instanceIdOf, isAskedToStay} from './ownership.ts';
import type {ServerEnds, Verdict} from './verdict.ts';
import type {World} from './world.ts';

/** Two passes that begin at about the same time in two processes are one sighting. */
const sightingGapMs = minuteMs;

/** A thing without a row: somebody else's, a live instance's, or (after a quarantine) an orphan. */
export function judgeUnknown(world: World, thing: FoundThing, serverEnds: ServerEnds): Verdict {
  const owner = ownerOf(world, thing);
  if (owner.kind === 'none') return {kind: 'foreign', reason: 'it does not carry our mark'};
  if (owner.kind === 'unsigned') {
    return {kind: 'foreign', reason: 'it carries our mark, and names no organization: nobody knows whose it is'};
  }

  const holder = thing.serverId === null ? undefined : world.instanceOfServer.get(thing.serverId);
  const namedId = instanceIdOf(thing.tags);
  const named = namedId === null ? undefined : world.facts.instances.get(namedId);
  if (holder !== undefined && !isGone(holder.state)) {
    // Claimed is for this pass; a row would be for good.
    if (owner.kind === 'claimed') return {kind: 'wait', reason: `it hangs on the server of "${holder.name}"`};
    return judgeOnLiveServer(world, holder, named ?? holder);
  }
  if (isAskedToStay(thing)) return {kind: 'keep', reason: 'its tag asks to keep it', isKept: true, instance: named};
  // A copy is not a double: it may well be wanted while what it is a copy of lives.
  if (thing.kind === 'snapshot' && named !== undefined && !isGone(named.state)) {
    return {kind: 'keep', reason: `a copy made for "${named.name}"`, isKept: true, instance: named};
  }

  if (named !== undefined && !isGone(named.state)) return {...judgeDouble(world, named), instance: named};

  const instance = named ?? holder;
  const sighting = world.sightings.get(keyOf(thing));
  const held =
    quarantine(thing, sighting, world.facts.policy, world.facts.nowMs) ??
    heldBack(world, thing, serverEnds, sighting?.nextAttemptAtMs ?? null);
  return {...(held ?? {kind: 'delete', reason: orphanReason(namedId, named), isLeak: true}), instance};
}

/** It hangs on the server of a live instance: it is that instance's, and the store shall know it. */
function judgeOnLiveServer({facts}: World, holder: KnownInstance, named: KnownInstance): Verdict {
  if (isUnderWay(holder)) return {...judgeUnderWay(holder, facts), instance: holder};
  return named.id === holder.id
    ? {kind: 'adopt', reason: `hangs on the server of "${holder.name}"`, instance: holder}
    : {kind: 'wait', reason: `made for "${named.name}", and hangs on the server of "${holder.name}"`, instance: holder};
}

function judgeDouble({facts}: World, named: KnownInstance): Verdict {
  if (isUnderWay(named)) return judgeUnderWay(named, facts);
  return {kind: 'wait', reason: `made for "${named.name}", which does not use it: it goes after it`, isLeak: true};
}

/** Two sightings in passes apart, and the grace time since it was made (or first seen, where that is not told). */
function quarantine(
  thing: FoundThing,
  sighting: Sighting | undefined,
  {graceMs}: ReconcilePolicy,
  nowMs: number,
): Verdict | null {
  const instead = (reason: string): Verdict => ({kind: 'wait', reason: `no row: ${reason}`, isLeak: true});
  if (sighting === undefined) return instead('seen for the first time, looked at again in the next pass');
  if (sighting.condemned) return null;
  const seenMs = nowMs - sighting.firstSeenAtMs;
  if (seenMs < Math.min(sightingGapMs, graceMs)) return instead('seen just now, looked at again in the next pass');
  const bornAtMs = Math.min(thing.createdAtMs ?? sighting.firstSeenAtMs, sighting.firstSeenAtMs);
  const leftMs = bornAtMs + graceMs - nowMs;
  return leftMs > 0 ? instead(`left alone for another ${formatDuration(leftMs)}`) : null;
}

function orphanReason(namedId: string | null, named: KnownInstance | undefined): string {
  if (named !== undefined) return `no row, and "${named.name}" is ${named.state}`;
  return namedId === null
    ? 'it carries our mark, and the store has no row for it'
    : `the store knows neither it nor its instance ${namedId}`;
}
