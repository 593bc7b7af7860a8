import {describe, expect, it} from 'vitest';
import type {Instance} from '../../../src/core/instance/instance.ts';
import type {InstanceState} from '../../../src/core/instance/state.ts';
import {type Bench, type MakeStore, otherScope, useBench} from './harness.ts';
import {aSpec, newInstance} from './rows.ts';

export function instanceContract(makeStore: MakeStore): void {
  describe('instances', () => {
    const bench = useBench(makeStore);

    it('gives a new instance back as it was written, with its actions, resources and history', async () => {
      const {store, scope} = bench();
      const request = newInstance(bench());
      const created = await store.instances.create(request);

      expect(created).toEqual(request.instance);
      expect(await store.instances.find(scope, created.id)).toEqual(created);
      expect(await store.instances.find(scope, 'first')).toEqual(created);
      expect(await store.instances.resources(scope, {instanceId: created.id, includeDeleted: true})).toEqual(
        request.resources,
      );
      expect(await store.instances.actions(scope, created.id)).toMatchObject([
        {type: 'REQUEST_CREATE', status: 'success', attempts: 1, metadata: {by: 'test'}},
      ]);
      expect(await store.instances.history(scope, created.id)).toEqual([
        {
          instanceId: created.id,
          from: null,
          to: 'provisioning',
          reason: 'requested',
          atMs: created.createdAtMs,
          correlationId: 'cor_test',
        },
      ]);
      const file = await store.instances.load(created.id);
      expect(file?.instance).toEqual(created);
      expect(file?.resources).toEqual(request.resources);
    });

    it('tells of a new instance: its state, what was done, what is planned', async () => {
      const {store} = bench();
      await store.instances.create(newInstance(bench()));
      const events = await store.events.after(0, {limit: 10});
      expect(events.map(event => [event.topic, event.type])).toEqual([
        ['instances', 'instance.state_changed'],
        ['actions', 'action.succeeded'],
        ['instances', 'resource.planned'],
      ]);
      expect(events[0]?.payload).toMatchObject({from: null, to: 'provisioning', name: 'first', reason: 'requested'});
    });

    it('lets one of two at once have a name, and leaves nothing of the other', async () => {
      const {store, scope} = bench();
      const requests = [newInstance(bench()), newInstance(bench())];
      const outcomes = await Promise.allSettled(requests.map(request => store.instances.create(request)));

      expect(outcomes.map(outcome => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(outcomes.find(outcome => outcome.status === 'rejected')).toMatchObject({
        reason: {code: 'conflict', hint: expect.stringContaining('inventiv show first')},
      });
      expect(await store.instances.list(scope, {includeGone: true, includeArchived: true})).toHaveLength(1);
      expect(await store.instances.resources(scope, {includeDeleted: true})).toHaveLength(1);
    });

    it('gives a name free once the instance is gone, and finds the live one by it first', async () => {
      const {store, scope} = bench();
      const gone = await store.instances.create(newInstance(bench()));
      await move(bench(), gone, ['terminating', 'terminated']);
      await bench().clock.advance(1000);
      expect((await store.instances.find(scope, 'first'))?.id).toBe(gone.id);

      const live = await store.instances.create(newInstance(bench()));
      expect((await store.instances.find(scope, 'first'))?.id).toBe(live.id);
      expect((await store.instances.find(scope, gone.id))?.id).toBe(gone.id);
    });

    it('shows nothing of an instance to another organization', async () => {
      const {store} = bench();
      const {id} = await store.instances.create(newInstance(bench()));
      expect(await store.instances.find(otherScope, id)).toBeNull();
      expect(await store.instances.find(otherScope, 'first')).toBeNull();
      expect(await store.instances.list(otherScope, {includeGone: true, includeArchived: true})).toEqual([]);
      expect(await store.instances.actions(otherScope, id)).toEqual([]);
      expect(await store.instances.resources(otherScope, {instanceId: id, includeDeleted: true})).toEqual([]);
      expect(await store.instances.history(otherScope, id)).toEqual([]);
    });

    it('lists by what is asked for: live, gone, archived, or named states', async () => {
      const {store, scope} = bench();
      const archived = await store.instances.create(newInstance(bench(), {name: 'archived'}));
      await move(bench(), archived, ['terminating', 'terminated', 'archived']);
      const gone = await store.instances.create(newInstance(bench(), {name: 'gone'}));
      await move(bench(), gone, ['terminating', 'terminated']);
      await store.instances.create(newInstance(bench(), {name: 'live'}));

      const names = async (filter: {includeGone: boolean; includeArchived: boolean; states?: InstanceState[]}) =>
        (await store.instances.list(scope, filter)).map(instance => instance.name).sort();
      expect(await names({includeGone: false, includeArchived: false})).toEqual(['live']);
      expect(await names({includeGone: true, includeArchived: false})).toEqual(['gone', 'live']);
      expect(await names({includeGone: true, includeArchived: true})).toEqual(['archived', 'gone', 'live']);
      expect(await names({includeGone: false, includeArchived: false, states: ['terminated']})).toEqual(['gone']);
    });

    it('hands loops the instances of some states, oldest change first, within a limit', async () => {
      const {store, clock} = bench();
      const [a, b] = [
        await store.instances.create(newInstance(bench(), {name: 'a'})),
        await store.instances.create(newInstance(bench(), {name: 'b'})),
      ];
      await clock.advance(1000);
      await move(bench(), a, ['booting']);
      await clock.advance(1000);
      await move(bench(), b, ['booting']);

      expect((await store.instances.listByState(['booting'], 10)).map(instance => instance.name)).toEqual(['a', 'b']);
      expect((await store.instances.listByState(['booting'], 1)).map(instance => instance.name)).toEqual(['a']);
      expect(await store.instances.listByState([], 10)).toEqual([]);
      expect(await store.instances.listByState(['ready'], 10)).toEqual([]);
      for (const limit of [0, -1, 1.5, Number.NaN]) {
        await expect(store.instances.listByState(['booting'], limit)).rejects.toMatchObject({code: 'invalid_input'});
      }
    });

    it('remembers how long the latest starts took, by provider and model', async () => {
      const {store, clock} = bench();
      for (const [name, modelHfId, tookMs] of [
        ['a', 'm/one', 4000],
        ['b', 'm/two', 6000],
        ['c', 'm/one', 8000],
      ] as const) {
        const spec = aSpec({modelHfId});
        const instance = await store.instances.create(newInstance(bench(), {name, spec, createdAtMs: clock.nowMs()}));
        await clock.advance(tookMs);
        await move(bench(), instance, ['booting', 'starting', 'ready']);
      }

      const durations = (filter: {provider: string; modelHfId?: string; limit: number}) =>
        store.instances.recentReadyDurationsMs(filter);
      expect(await durations({provider: 'mock', limit: 10})).toEqual([8000, 6000, 4000]);
      expect(await durations({provider: 'mock', modelHfId: 'm/one', limit: 1})).toEqual([8000]);
      expect(await durations({provider: 'scaleway', limit: 10})).toEqual([]);
    });

    it('takes ids and names of any size and content as text', async () => {
      const {store, scope} = bench();
      for (const text of ['', "'; drop table instances; --", 'x'.repeat(1_000_000)]) {
        expect(await store.instances.find(scope, text)).toBeNull();
        expect(await store.instances.load(text)).toBeNull();
      }
    });
  });
}

async function move({store}: Bench, instance: Instance, states: readonly InstanceState[]): Promise<void> {
  let from = instance.state;
  for (const to of states) {
    await store.instances.record({
      instanceId: instance.id,
      correlationId: 'cor_move',
      transition: {from, to, reason: to},
    });
    from = to;
  }
}
