import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type ResourceKind, resourceKinds} from '../../../src/core/instance/resource.ts';
import {instanceStates, isGone} from '../../../src/core/instance/state.ts';
import {decideFindings} from '../../../src/core/reconcile/decide-findings.ts';
import {type FoundThing, type KnownInstance, keyOf, type ReconcileFacts} from '../../../src/core/reconcile/facts.ts';
import {type Finding, isDifference} from '../../../src/core/reconcile/finding.ts';
import {instanceIdOf, markOf} from '../../../src/core/reconcile/ownership.ts';
import {hourMs} from '../../../src/core/time.ts';
import {
  anInstance,
  aRow,
  aSighting,
  aThing,
  nowMs,
  otherOrganization,
  ourOrganization,
  someFacts,
  tagsOf,
} from './facts.ts';

const kinds = resourceKinds;
const instances = fc
  .array(
    fc.constantFrom(
      'terminated' as const,
      'terminated' as const,
      'archived' as const,
      'ready' as const,
      ...instanceStates,
    ),
    {minLength: 1, maxLength: 4},
  )
  .map(states => states.map((state, index) => anInstance({id: `ins_${index}`, name: `i${index}`, state})));

/** A provider and a store that agree on little: any row may be wrong, any thing may be anybody's. */
const worlds: fc.Arbitrary<ReconcileFacts> = instances.chain(owners =>
  fc.record({things: things(owners), rows: rows(owners), sightings, absent: fc.boolean(), claims}).map(parts =>
    someFacts({
      claimedOrganizationIds: new Set(parts.claims),
      things: parts.things,
      rows: parts.rows,
      sightings: parts.sightings,
      instances: new Map(owners.map(owner => [owner.id, owner])),
      absentRowIds: new Set(parts.absent ? parts.rows.map(({resource}) => resource.id) : []),
    }),
  ),
);

const thirdOrganization = 'org_0000000000cccccccccccccccc';
const claims = fc.subarray([otherOrganization, thirdOrganization]);

function things(owners: readonly KnownInstance[]) {
  const serverId = fc.constantFrom(null, null, 'server-0', 'server-1', 'server-9');
  const tags = fc.constantFrom<readonly string[]>(
    [],
    ['theirs'],
    ['inventiv'],
    ['inventiv', 'inventiv-instance=ins_unknown'],
    tagsOf(ourOrganization, 'ins_unknown'),
    tagsOf(otherOrganization, 'ins_unknown'),
    tagsOf(thirdOrganization),
    [...tagsOf(ourOrganization), `inventiv-organization=${otherOrganization}`],
    ...owners.flatMap(({id}) => [tagsOf(ourOrganization, id), tagsOf(otherOrganization, id)]),
  );
  const thing = fc
    .record({
      ...{kind: fc.constantFrom(...kinds), number: fc.nat(3), tags, serverId, isBoot: fc.boolean()},
      providerType: fc.constantFrom('mock_block', 'scratch', 'l_ssd'),
      createdAtMs: fc.constantFrom(null, nowMs, nowMs - 10 * hourMs),
    })
    .map(({kind, number, ...facts}) => {
      const hangs = kind === 'volume' || kind === 'ip';
      const own = {kind, providerId: `${kind}-${number}`, name: `${kind} ${number}`};
      return aThing({
        ...facts,
        ...own,
        serverId: hangs ? facts.serverId : null,
        isBoot: kind === 'volume' && facts.isBoot,
      });
    });
  return fc.uniqueArray(thing, {maxLength: 10, selector: keyOf});
}

function rows(owners: readonly KnownInstance[]) {
  const row = fc.record({
    kind: fc.constantFrom<ResourceKind>(...kinds),
    number: fc.nat(3),
    owner: fc.constantFrom(...owners),
    status: fc.constantFrom('creating', 'attached', 'detached', 'deleting', 'deleted'),
    deleteOnTerminate: fc.boolean(),
    nextAttemptAtMs: fc.constantFrom(null, nowMs - 1, nowMs + hourMs),
  });
  return fc.uniqueArray(row, {maxLength: 8, selector: ({kind, number}) => `${kind}-${number}`}).map(list =>
    list.map(({kind, number, owner, ...facts}) => {
      const id = `${kind}-${number}`;
      return aRow({...(facts as object), id: `res_${id}`, kind, providerId: id, name: `row of ${id}`}, owner);
    }),
  );
}

const sightings = fc.uniqueArray(
  fc
    .record({kind: fc.constantFrom<ResourceKind>(...kinds), number: fc.nat(3), seenMs: fc.constantFrom(1, hourMs)})
    .map(({kind, number, seenMs}) => aSighting({kind, providerId: `${kind}-${number}`, firstSeenAtMs: nowMs - seenMs})),
  {maxLength: 12, selector: keyOf},
);

describe('findings of any world', () => {
  it('never touch what is not ours', () => {
    fc.assert(
      fc.property(worlds, facts => {
        const servers = thingsOf(facts).filter(({kind}) => kind === 'server');
        const rowIds = new Set(facts.rows.map(({resource}) => resource.providerId));
        for (const finding of decideFindings(facts)) {
          if (finding.kind !== 'delete' && finding.kind !== 'adopt') continue;
          const thing = thingOf(facts, finding);
          const server = servers.find(({providerId}) => providerId === thing.serverId);
          const isServers = server !== undefined && (isSigned(facts, server) || rowIds.has(server.providerId));
          expect(isSigned(facts, thing) || finding.resourceId !== null || isServers).toBe(true);
        }
      }),
      {numRuns: 400},
    );
  });

  it('never touch what names an organization that is neither ours nor claimed, nor the disks made with its server', () => {
    let looked = 0;
    fc.assert(
      fc.property(worlds, facts => {
        const allowed = new Set([...facts.organizationIds, ...facts.claimedOrganizationIds]);
        const isTheirs = ({tags}: FoundThing) =>
          tags.some(tag => tag.startsWith('inventiv-organization=') && !allowed.has(tag.split('=')[1] ?? ''));
        for (const finding of decideFindings(facts)) {
          const thing = thingsOf(facts).find(each => keyOf(each) === `${finding.resourceKind}:${finding.providerId}`);
          if (thing === undefined) continue;
          const server = thingsOf(facts).find(
            each => each.kind === 'server' && each.providerId === thing.serverId && isTheirs(each),
          );
          if (server !== undefined) expect(finding.kind).not.toBe('delete');
          if (!isTheirs(thing)) continue;
          looked += 1;
          expect([finding.kind, finding.isLeak]).toEqual(['foreign', false]);
        }
      }),
      {numRuns: 400},
    );
    expect(looked).toBeGreaterThan(100);
  });

  it('never write down what is only claimed: no row comes of it', () => {
    fc.assert(
      fc.property(worlds, facts => {
        for (const {kind, resourceId, otherOrganizationId} of decideFindings(facts)) {
          if (otherOrganizationId !== null && resourceId === null) expect(kind).not.toBe('adopt');
        }
      }),
      {numRuns: 400},
    );
  });

  it('never delete what belongs to a live instance, by row, by tag, or by the server it hangs on', () => {
    fc.assert(
      fc.property(worlds, facts => {
        for (const finding of decideFindings(facts).filter(({kind}) => kind === 'delete')) {
          expect(ownersOf(facts, thingOf(facts, finding)).filter(({state}) => !isGone(state))).toEqual([]);
        }
      }),
      {numRuns: 400},
    );
  });

  it('never delete a volume that is kept', () => {
    fc.assert(
      fc.property(worlds, facts => {
        const kept = new Set(facts.rows.flatMap(({resource: r}) => (r.deleteOnTerminate ? [] : [r.id])));
        const deleted = decideFindings(facts).filter(
          ({kind, resourceKind}) => kind === 'delete' && resourceKind === 'volume',
        );
        expect(deleted.filter(({resourceId}) => resourceId !== null && kept.has(resourceId))).toEqual([]);
      }),
      {numRuns: 400},
    );
  });

  it('do not depend on the order in which things are listed, and are the same looked at twice', () => {
    fc.assert(
      fc.property(worlds, facts => {
        const turned = {...facts, zones: facts.zones.map(zone => ({...zone, things: [...thingsOf(facts)].reverse()}))};
        expect(decideFindings(turned as ReconcileFacts)).toEqual(expect.arrayContaining([...decideFindings(facts)]));
        expect(decideFindings(facts)).toEqual(decideFindings(facts));
      }),
      {numRuns: 400},
    );
  });

  it('only keep where the provider could not be asked', () => {
    fc.assert(
      fc.property(worlds, facts => {
        const zones = [{kind: 'unknown', zone: 'mock-1', reason: 'no answer'}] as const;
        expect(decideFindings({...facts, zones}).filter(({kind}) => kind !== 'keep')).toEqual([]);
      }),
      {numRuns: 100},
    );
  });

  it('shrink pass by pass when they are carried out, until nothing is left to delete', () => {
    fc.assert(
      fc.property(worlds, world => {
        let facts = world;
        let before = Number.POSITIVE_INFINITY;
        for (let pass = 0; pass < 6; pass++) {
          const findings = decideFindings(facts);
          const differences = findings.filter(isDifference).length;
          expect(differences).toBeLessThanOrEqual(before);
          before = differences;
          facts = carriedOut(facts, findings);
        }
        const last = decideFindings(facts);
        expect(last.filter(({kind}) => ['delete', 'adopt', 'forget'].includes(kind))).toEqual([]);
      }),
      {numRuns: 300},
    );
  });
});

/** The world a day later, when everything was done as the findings say. */
function carriedOut(facts: ReconcileFacts, findings: readonly Finding[]): ReconcileFacts {
  const gone = new Set(findings.filter(({kind}) => kind === 'delete').map(finding => keyOf(thingOf(facts, finding))));
  const ended = new Set(
    findings.filter(({kind}) => kind === 'delete' || kind === 'forget').map(({resourceId}) => resourceId),
  );
  const adopted = new Map(findings.filter(({kind}) => kind === 'adopt').map(finding => [finding.providerId, finding]));
  const left = thingsOf(facts).filter(thing => !gone.has(keyOf(thing)));
  const owner = (id: string | null) => facts.instances.get(id ?? '') ?? anInstance();
  return {
    ...facts,
    nowMs: facts.nowMs + 24 * hourMs,
    zones: [
      {
        kind: 'listed',
        zone: 'mock-1',
        things: left.map(thing => (gone.has(`server:${thing.serverId}`) ? {...thing, serverId: null} : thing)),
      },
    ],
    rows: [
      ...facts.rows.map(row => {
        if (ended.has(row.resource.id)) return {...row, resource: {...row.resource, status: 'deleted' as const}};
        const isBack = adopted.get(row.resource.providerId ?? '')?.resourceId === row.resource.id;
        return isBack ? {...row, resource: {...row.resource, status: 'attached' as const}} : row;
      }),
      ...[...adopted.values()]
        .filter(({resourceId}) => resourceId === null)
        .map(({resourceKind, providerId, instanceId}) =>
          aRow({id: `res_new_${providerId}`, kind: resourceKind, providerId}, owner(instanceId)),
        ),
    ],
    sightings: left.map(thing => {
      const key = keyOf(thing);
      const known = facts.sightings.find(sighting => keyOf(sighting) === key);
      const isMadeWithGone =
        thing.kind === 'volume' &&
        gone.has(`server:${thing.serverId}`) &&
        (thing.isBoot || thing.providerType === 'scratch');
      const seen = {kind: thing.kind, providerId: thing.providerId, firstSeenAtMs: facts.nowMs};
      return {...(known ?? aSighting(seen)), condemned: known?.condemned === true || isMadeWithGone};
    }),
  };
}

/** By its own word of an organization that this pass may touch. */
function isSigned(facts: ReconcileFacts, thing: FoundThing): boolean {
  return ['ours', 'claimed'].includes(markOf(thing, facts).kind);
}

function thingsOf({zones}: ReconcileFacts): readonly FoundThing[] {
  return zones.flatMap(zone => (zone.kind === 'listed' ? zone.things : []));
}

function thingOf(facts: ReconcileFacts, {resourceKind, providerId}: Finding): FoundThing {
  const thing = thingsOf(facts).find(each => each.kind === resourceKind && each.providerId === providerId);
  if (thing === undefined) throw new Error(`nothing found is ${resourceKind} ${providerId}`);
  return thing;
}

function ownersOf({rows, instances: known}: ReconcileFacts, thing: FoundThing): readonly KnownInstance[] {
  const byRow = rows.filter(({resource: {kind, providerId}}) => kind === thing.kind && providerId === thing.providerId);
  const byServer = rows.filter(({resource: {kind, providerId}}) => kind === 'server' && providerId === thing.serverId);
  const byTag = known.get(instanceIdOf(thing.tags) ?? '');
  // A row decides: a tag may be older than it.
  const tagged = byRow.length > 0 || byTag === undefined ? [] : [byTag];
  return [...byRow.map(({instance}) => instance), ...byServer.map(({instance}) => instance), ...tagged];
}
