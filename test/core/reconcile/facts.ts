import {type Resource, resourceKinds} from '../../../src/core/instance/resource.ts';
import {newResource} from '../../../src/core/instance/resource-names.ts';
import {eurNanos} from '../../../src/core/money.ts';
import type {FoundThing, KnownInstance, KnownRow, ReconcileFacts, Sighting} from '../../../src/core/reconcile/facts.ts';
import {hourMs, minuteMs} from '../../../src/core/time.ts';
import {someInstance} from '../../support/instances.ts';

export const ourOrganization = 'org_0000000000aaaaaaaaaaaaaaaa';
export const otherOrganization = 'org_0000000000bbbbbbbbbbbbbbbb';
export const nowMs = 100 * hourMs;
export const graceMs = 15 * minuteMs;

export function anInstance(facts: Partial<KnownInstance> = {}): KnownInstance {
  return {
    id: 'ins_0000000000aaaaaaaaaaaaaaaa',
    organizationId: ourOrganization,
    name: 'one',
    state: 'terminated',
    stateSinceMs: nowMs - hourMs,
    leaseUntilMs: null,
    ...facts,
  };
}

export function aRow(resource: Partial<Resource> = {}, instance: Partial<KnownInstance> = {}): KnownRow {
  const owner = anInstance(instance);
  const facts = {id: 'res_1', kind: 'volume', status: 'attached', providerId: 'vol-1', sizeBytes: 200e9} as const;
  return {
    resource: newResource(someInstance({id: owner.id, name: owner.name}), {...facts, ...resource}, nowMs - hourMs),
    instance: owner,
  };
}

export function aThing(facts: Partial<FoundThing> = {}): FoundThing {
  return {
    kind: 'volume',
    zone: 'mock-1',
    providerId: 'vol-1',
    name: 'inventiv-one-aaaaaaaaaa-volume',
    tags: tagsOf(ourOrganization),
    providerType: 'mock_block',
    sizeBytes: 200e9,
    iops: 5000,
    address: null,
    serverId: null,
    isBoot: false,
    createdAtMs: nowMs - hourMs,
    pricePerHourNanos: eurNanos(1_000_000),
    ...facts,
  };
}

export function tagsOf(organizationId: string, instanceId = 'ins_0000000000aaaaaaaaaaaaaaaa'): readonly string[] {
  return ['inventiv', `inventiv-instance=${instanceId}`, `inventiv-organization=${organizationId}`];
}

export function aSighting(facts: Partial<Sighting> = {}): Sighting {
  return {
    kind: 'volume',
    providerId: 'vol-1',
    zone: 'mock-1',
    name: null,
    providerType: 'mock_block',
    firstSeenAtMs: nowMs - 20 * minuteMs,
    lastSeenAtMs: nowMs - 10 * minuteMs,
    condemned: false,
    deleteAttempts: 0,
    nextAttemptAtMs: null,
    lastError: null,
    ...facts,
  };
}

export function someFacts({
  things = [],
  ...facts
}: Partial<ReconcileFacts> & {things?: readonly FoundThing[]}): ReconcileFacts {
  return {
    zones: [{kind: 'listed', zone: 'mock-1', things}],
    rows: [],
    absentRowIds: new Set(),
    instances: new Map(),
    sightings: [],
    organizationIds: new Set([ourOrganization]),
    claimedOrganizationIds: new Set(),
    kinds: resourceKinds,
    nowMs,
    policy: {graceMs},
    ...facts,
  };
}
