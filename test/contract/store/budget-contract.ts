import {describe, expect, it} from 'vitest';
import {type MakeStore, otherScope, useBench} from './harness.ts';
import {aKey} from './rows.ts';

export function budgetContract(makeStore: MakeStore): void {
  describe('budgets', () => {
    const bench = useBench(makeStore);
    const put = (overrides: object = {}) =>
      bench().store.budgets.put(bench().scope, {
        ...{keyId: null, userId: null, modelHfId: null, period: 'month'},
        ...{softNanos: 5, hardNanos: null, setBy: 'ada'},
        ...overrides,
      });

    it('are one for each subject and period: the later takes the place of the earlier', async () => {
      const {store, scope, clock, userId} = bench();
      const key = aKey(bench());
      await store.keys.create(scope, key);
      const first = await put();
      const second = await put({softNanos: null, hardNanos: 9, setBy: 'bob'});
      expect(second).toEqual({
        ...first,
        ...{softNanos: null, hardNanos: 9, setBy: 'bob', setAtMs: clock.nowMs()},
      });
      const others = [
        await put({period: 'day'}),
        await put({keyId: key.id}),
        await put({userId}),
        await put({modelHfId: 'm'}),
        await put({modelHfId: 'm', keyId: key.id}),
      ];
      const all = await store.budgets.list(scope);
      expect(all.map(({id}) => id).toSorted()).toEqual([second, ...others].map(({id}) => id).toSorted());
      expect(await store.budgets.listAll()).toEqual(all);
    });

    it('are refused beyond what the gate reads: one that is kept has to hold', async () => {
      for (let count = 0; count < 1000; count++) await put({modelHfId: `a/${count}`});
      await expect(put({modelHfId: 'a/more'})).rejects.toMatchObject({code: 'conflict'});
      expect(await put({modelHfId: 'a/0', softNanos: 7})).toMatchObject({softNanos: 7});
    });

    it('are removed by their subject, and both is told', async () => {
      const {store, scope} = bench();
      const budget = await put();
      const subject = {keyId: null, userId: null, modelHfId: null, period: 'month'} as const;
      expect(await store.budgets.remove(scope, {...subject, period: 'day'})).toBeNull();
      expect(await store.budgets.remove(otherScope, subject)).toBeNull();
      expect(await store.budgets.remove(scope, subject)).toEqual(budget);
      expect(await store.budgets.remove(scope, subject)).toBeNull();
      const events = await store.events.after(0, {limit: 10, topics: ['limits'], scope});
      expect(events.map(({type}) => type)).toEqual(['budget.set', 'budget.unset']);
    });

    it('belong to one organization, and have an amount', async () => {
      await put();
      expect(await bench().store.budgets.list(otherScope)).toEqual([]);
      await expect(put({softNanos: null})).rejects.toThrow();
      await expect(put({softNanos: 0})).rejects.toThrow();
    });
  });
}
