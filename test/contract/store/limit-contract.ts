import {describe, expect, it} from 'vitest';
import {noLimits} from '../../../src/core/finops/limits.ts';
import {type MakeStore, useBench} from './harness.ts';
import {newInstance} from './rows.ts';

export function limitContract(makeStore: MakeStore): void {
  describe('limits', () => {
    const bench = useBench(makeStore);
    const limits = {ttlMs: 1000, spendMaxNanos: 20_000_000_000, idleTimeoutMs: null};
    const create = (name: string, facts: Parameters<typeof newInstance>[1] = {}) =>
      bench().store.instances.create(newInstance(bench(), {name, ...facts}));

    it('are kept with the instance, changed, and taken away', async () => {
      const {store} = bench();
      const {id} = await create('one', {limits});
      expect((await store.instances.load(id))?.instance.limits).toEqual(limits);
      const record = (to: typeof limits | null) =>
        store.instances.record({instanceId: id, correlationId: 'cor_x', fields: {limits: to}});
      const changed = {...limits, ttlMs: 5000};
      expect((await record(changed)).instance.limits).toEqual(changed);
      expect((await record(null)).instance.limits).toBeNull();
    });

    it('are listed page by page, without those that are gone or have none', async () => {
      const {store} = bench();
      const ids: string[] = [];
      for (const name of ['a', 'b', 'c']) ids.push((await create(name, {limits})).id);
      await create('gone', {limits, state: 'terminated'});
      await create('free');
      const first = await store.instances.listLimited({afterId: null, limit: 2});
      const second = await store.instances.listLimited({afterId: first.at(-1)?.id ?? '', limit: 2});
      expect([...first, ...second].map(({id}) => id)).toEqual(ids.toSorted());
    });

    it('refuse a change that was decided from others', async () => {
      const {store} = bench();
      const {id} = await create('one', {limits});
      const decidedFrom = (whileLimits: typeof limits) =>
        store.instances.record({
          ...{instanceId: id, correlationId: 'cor_x', whileLimits},
          transition: {from: 'provisioning', to: 'terminating', reason: 'limit reached'},
        });
      await expect(decidedFrom({...limits, ttlMs: 999})).rejects.toMatchObject({code: 'conflict'});
      expect((await store.instances.load(id))?.instance.state).toBe('provisioning');
      expect((await decidedFrom(limits)).instance.state).toBe('terminating');
      const free = await create('free');
      const change = {instanceId: free.id, correlationId: 'cor_x', whileLimits: noLimits};
      await expect(store.instances.record(change)).rejects.toMatchObject({code: 'conflict'});
    });

    it('let something be told once, by its facts', async () => {
      const {store} = bench();
      const {id} = await create('one', {limits});
      const tell = (endsAt: string) =>
        store.instances.record({
          ...{instanceId: id, correlationId: 'cor_x'},
          actions: [{kind: 'once', type: 'LIMIT_NEAR', metadata: {limit: 'ttl', endsAt}}],
        });
      const before = await store.events.latestId();
      await Promise.all([tell('a'), tell('a'), tell('b'), tell('a')]);
      const file = await tell('b');
      expect(file.actions.filter(({type}) => type === 'LIMIT_NEAR').map(({metadata}) => metadata.endsAt)).toEqual([
        'a',
        'b',
      ]);
      expect(await store.events.after(before, {limit: 10})).toHaveLength(2);
    });

    it('keep what was seen of requests, without an event', async () => {
      const {store} = bench();
      const {id} = await create('one', {limits});
      const before = await store.events.latestId();
      const activity = {atMs: 7, tokens: null};
      await store.instances.record({instanceId: id, correlationId: 'cor_x', fields: {activity}});
      expect((await store.instances.load(id))?.instance.activity).toEqual(activity);
      expect(await store.events.latestId()).toBe(before);
    });
  });

  describe('signs of life', () => {
    const bench = useBench(makeStore);

    it('keep the last one of each name', async () => {
      const {beats} = bench().store;
      expect(await beats.last('limits')).toBeNull();
      await beats.beat('limits', 10);
      await beats.beat('other', 15);
      await beats.beat('limits', 20);
      expect(await beats.last('limits')).toBe(20);
    });
  });
}
