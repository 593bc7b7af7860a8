import type {Resource} from '../instance/resource.ts';
import {type EurNanos, ZERO_EUR} from '../money.ts';
import {otherOrganizationReason} from './claim.ts';
import type {FoundThing, KnownInstance, KnownRow, ReconcileFacts} from './facts.ts';
import {keyOf} from './facts.ts';
import type {Finding} from './finding.ts';
import {judgeKnown, judgeMissing} from './judge-known.ts';
import {judgeUnknown} from './judge-unknown.ts';
import {ownerOf} from './owner-of.ts';
import {ipPricePerHour, volumePricePerHour} from './price.ts';
import type {ServerEnds, Verdict} from './verdict.ts';
import {indexWorld, type World} from './world.ts';

/**
 * Everything a pass finds, from what the store and the provider say. Pure: the same facts give the same findings. A thing
 * that does not carry our mark is never deleted, nor is what belongs to a live instance, nor what names an organization of
 * another installation that was not claimed; a zone that could not be asked keeps all it had.
 */
export function decideFindings(facts: ReconcileFacts): readonly Finding[] {
  const world = indexWorld(facts);
  const ending = endingServers(world);
  const serverEnds: ServerEnds = serverId => ending.has(serverId);
  const rowsByZone = Map.groupBy(facts.rows, ({resource}) => resource.zone);
  return facts.zones.flatMap(zone => {
    const rows = (rowsByZone.get(zone.zone) ?? []).filter(
      ({resource}) =>
        facts.kinds.includes(resource.kind) && resource.status !== 'deleted' && !world.matchedRowIds.has(resource.id),
    );
    if (zone.kind === 'unknown') {
      const reason = `${zone.zone} could not be asked: ${zone.reason}`;
      return rows.map(row => rowFinding(row, {kind: 'keep', reason, isKept: isKeptVolume(row)}));
    }

    return [
      ...zone.things
        .filter(({kind}) => facts.kinds.includes(kind))
        .map(thing => thingFinding(world, thing, judge(world, thing, serverEnds))),
      ...rows.map(row => rowFinding(row, judgeMissing(row, facts))),
    ];
  });
}

/** Servers that this pass deletes; none where it does not look after servers. */
function endingServers(world: World): ReadonlySet<string> {
  const {facts, servers} = world;
  if (!facts.kinds.includes('server')) return new Set();
  const ending = [...servers.values()].filter(server => judge(world, server, () => false).kind === 'delete');
  return new Set(ending.map(({providerId}) => providerId));
}

function judge(world: World, thing: FoundThing, serverEnds: ServerEnds): Verdict {
  const owner = ownerOf(world, thing);
  if (owner.kind === 'other') return {kind: 'foreign', reason: otherOrganizationReason(owner.organizationId)};
  const row = world.rowOfThing.get(keyOf(thing));
  return row === undefined ? judgeUnknown(world, thing, serverEnds) : judgeKnown(world, row, thing, serverEnds);
}

function thingFinding(world: World, thing: FoundThing, verdict: Verdict): Finding {
  const row = world.rowOfThing.get(keyOf(thing));
  const instance = row?.instance ?? verdict.instance;
  const owner = ownerOf(world, thing);
  const subject = subjectOf(thing.kind, thing.zone, row, instance);
  return {
    ...subject,
    organizationId: subject.organizationId ?? (owner.kind === 'ours' ? owner.organizationId : null),
    otherOrganizationId: owner.kind === 'other' || owner.kind === 'claimed' ? owner.organizationId : null,
    ...told(verdict),
    providerId: thing.providerId,
    name: thing.name ?? row?.resource.name ?? null,
    pricePerHourNanos: thing.pricePerHourNanos,
  };
}

function rowFinding(row: KnownRow, verdict: Verdict): Finding {
  const {resource, instance} = row;
  return {
    ...subjectOf(resource.kind, resource.zone, row, instance),
    otherOrganizationId: null,
    ...told(verdict),
    providerId: resource.providerId,
    name: resource.name,
    pricePerHourNanos: rowPricePerHour(resource),
  };
}

function subjectOf(
  resourceKind: Resource['kind'],
  zone: string,
  row: KnownRow | undefined,
  instance: KnownInstance | undefined,
) {
  return {
    resourceKind,
    zone,
    resourceId: row?.resource.id ?? null,
    instanceId: instance?.id ?? null,
    instanceName: instance?.name ?? null,
    organizationId: instance?.organizationId ?? null,
  };
}

function told({kind, reason, isLeak = false, isKept = false}: Verdict) {
  return {kind, reason, isLeak, isKept};
}

function isKeptVolume({resource}: KnownRow): boolean {
  return resource.kind === 'volume' && !resource.deleteOnTerminate;
}

function rowPricePerHour(resource: Resource): EurNanos {
  if (resource.kind === 'volume') return volumePricePerHour(resource.provider, resource);
  return resource.kind === 'ip' ? ipPricePerHour(resource.provider) : ZERO_EUR;
}
