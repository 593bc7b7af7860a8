import {describe, expect, it} from 'vitest';
import type {Sighting} from '../../../src/core/reconcile/facts.ts';
import {type MakeStore, useBench} from './harness.ts';
import {aResource, newInstance} from './rows.ts';

export function reconciliationContract(makeStore: MakeStore): void {
  describe('reconciliation', () => {
    const bench = useBench(makeStore);
    const sighting: Sighting = {
      ...{kind: 'volume', providerId: 'v-1', zone: 'mock-2', name: null, providerType: 'block'},
      ...{firstSeenAtMs: 100, lastSeenAtMs: 100, condemned: false},
      ...{deleteAttempts: 0, nextAttemptAtMs: null, lastError: null},
    };
    const createWith = async (facts: readonly Parameters<typeof aResource>[2][]) => {
      const {store} = bench();
      const {id} = await store.instances.create(newInstance(bench()));
      const resources = facts.map(each => ({kind: 'insert', resource: aResource(bench(), id, each)}) as const);
      await store.instances.record({instanceId: id, correlationId: 'c', resources});
      return id;
    };

    it('pages through rows that are not deleted, with their instances, and no other provider', async () => {
      const {store, scope} = bench();
      const id = await createWith([
        {providerId: 'v-1', status: 'attached'},
        {providerId: 'v-2', status: 'deleted'},
        {providerId: 'v-3', status: 'deleting'},
        {providerId: 'v-4', status: 'attached', provider: 'scaleway'},
      ]);
      const rows = [];
      for (let afterId: string | null = null; ; ) {
        const page = await store.reconciliation.pageRows({provider: 'mock', afterId, limit: 2});
        rows.push(...page);
        afterId = page.at(-1)?.resource.id ?? null;
        if (page.length < 2) break;
      }

      expect(rows.map(({resource}) => [resource.kind, resource.providerId]).toSorted()).toEqual([
        ['server', null],
        ['volume', 'v-1'],
        ['volume', 'v-3'],
      ]);
      expect(rows[0]?.instance).toMatchObject({
        ...{id, name: 'first', state: 'provisioning', leaseUntilMs: null},
        organizationId: scope.organizationId,
      });
    });

    it('finds rows by provider id or name, deleted ones too, and instances by id', async () => {
      const {store} = bench();
      const id = await createWith([
        {providerId: 'v-1', status: 'deleted'},
        {providerId: null, name: 'inventiv-x'},
      ]);
      const found = await store.reconciliation.findRows({
        ...{provider: 'mock', providerIds: ['v-1', 'v-9'], names: ['inventiv-x', 'inventiv-y']},
      });
      expect(found.map(({resource}) => resource.name === 'inventiv-x' || resource.providerId)).toHaveLength(2);
      expect(await store.reconciliation.findRows({provider: 'mock', providerIds: [], names: []})).toEqual([]);
      expect((await store.reconciliation.findInstances([id, 'ins_none'])).map(instance => instance.id)).toEqual([id]);
    });

    it('keeps when rows were compared, without an event', async () => {
      const {store, scope} = bench();
      await createWith([{providerId: 'v-1', status: 'attached'}]);
      const [volume] = await store.instances.resources(scope, {kind: 'volume', includeDeleted: false});
      const before = await store.events.latestId();
      await store.reconciliation.markCompared([volume?.id ?? ''], 12_345);
      const [after] = await store.instances.resources(scope, {kind: 'volume', includeDeleted: false});
      expect(after).toEqual({...volume, lastReconciliationAtMs: 12_345});
      expect(await store.events.latestId()).toBe(before);
    });

    it('writes sightings over what is there but for the first time, and drops them', async () => {
      const {reconciliation} = bench().store;
      await reconciliation.saveSightings('mock', [sighting]);
      const later = {...sighting, firstSeenAtMs: 900, lastSeenAtMs: 900, condemned: true, lastError: 'busy'};
      await reconciliation.saveSightings('mock', [later, {...sighting, kind: 'ip'}]);
      expect(await reconciliation.sightings('mock')).toEqual(
        expect.arrayContaining([
          {...later, firstSeenAtMs: 100},
          {...sighting, kind: 'ip'},
        ]),
      );
      expect(await reconciliation.sightings('scaleway')).toEqual([]);
      await reconciliation.dropSightings('mock', [{kind: 'volume', providerId: 'v-1'}]);
      expect(await reconciliation.sightings('mock')).toEqual([{...sighting, kind: 'ip'}]);
    });

    it('knows the zones in which anything was ever recorded or sighted', async () => {
      const {reconciliation} = bench().store;
      expect(await reconciliation.usedZones('mock')).toEqual([]);
      await createWith([{providerId: 'v-1', status: 'deleted', zone: 'mock-3'}]);
      await reconciliation.saveSightings('mock', [sighting]);
      expect(await reconciliation.usedZones('mock')).toEqual(['mock-1', 'mock-2', 'mock-3']);
    });
  });
}
