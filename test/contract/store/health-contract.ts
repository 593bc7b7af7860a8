import {describe, expect, it} from 'vitest';
import {freshMemory} from '../../../src/core/health/memory.ts';
import {type MakeStore, useBench} from './harness.ts';
import {newInstance} from './rows.ts';

export function healthContract(makeStore: MakeStore): void {
  describe('health', () => {
    const bench = useBench(makeStore);
    const create = async () => (await bench().store.instances.create(newInstance(bench()))).id;

    it('remembers by instance, and lets one of two processes write', async () => {
      const {health} = bench().store;
      const id = await create();
      expect(await health.load([id, 'ins_none'])).toEqual(new Map());
      const first = {...freshMemory, failures: 1};
      await health.save([{instanceId: id, memory: first, revision: 0}]);
      expect((await health.load([id])).get(id)).toEqual({memory: first, revision: 1});
      await health.save([{instanceId: id, memory: {...freshMemory, failures: 2}, revision: 1}]);
      await health.save([{instanceId: id, memory: {...freshMemory, failures: 9}, revision: 1}]);
      expect((await health.load([id])).get(id)).toMatchObject({memory: {failures: 2}, revision: 2});
    });

    it('keeps since when and why an instance is left alone, until that is over', async () => {
      const {store} = bench();
      const id = await create();
      const record = (breaker: {openedAtMs: number; reason: string} | null) =>
        store.instances.record({instanceId: id, correlationId: 'c', fields: {breaker}});
      const breaker = {openedAtMs: 7, reason: 'too often'};
      expect((await record(breaker)).instance.breaker).toEqual(breaker);
      expect((await store.instances.load(id))?.instance.breaker).toEqual(breaker);
      expect((await record(null)).instance.breaker).toBeNull();
    });
  });
}
