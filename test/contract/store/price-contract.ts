import {describe, expect, it} from 'vitest';
import {freeRates} from '../../../src/core/finops/token-price.ts';
import {type MakeStore, otherScope, useBench} from './harness.ts';

const model = 'Qwen/Qwen3-8B';
const rates = {...freeRates, inputPerMillionNanos: 400_000_000, cachedInputPerMillionNanos: 0};

export function priceContract(makeStore: MakeStore): void {
  describe('prices', () => {
    const bench = useBench(makeStore);
    const add = (overrides: object = {}) =>
      bench().store.prices.add(bench().scope, {
        ...{modelHfId: model, validFromMs: null, rates, setBy: 'ada'},
        ...overrides,
      });

    it('are numbered versions, given back as they were set, and told', async () => {
      const {store, scope, clock} = bench();
      const first = await add();
      await clock.advance(1000);
      const second = await add({rates: {...rates, perRequestNanos: 5, reasoningPerMillionNanos: 7}});
      const third = await add({rates: null, setBy: 'bob'});
      expect(first).toEqual({
        id: first.id,
        organizationId: scope.organizationId,
        modelHfId: model,
        version: 1,
        validFromMs: clock.nowMs() - 1000,
        rates,
        setBy: 'ada',
        setAtMs: clock.nowMs() - 1000,
      });
      expect(await store.prices.history(scope, model)).toEqual([third, second, first]);
      const events = await store.events.after(0, {limit: 10, topics: ['models'], scope});
      expect(events.map(({type, subjectId, payload}) => [type, subjectId, payload.version])).toEqual([
        ['price.set', model, 1],
        ['price.set', model, 2],
        ['price.set', model, 3],
      ]);
    });

    it('are current when in force or to come, until a later version begins', async () => {
      const {store, scope, clock} = bench();
      const versions = async () => (await store.prices.current(scope)).map(({version}) => version);
      await add();
      await add({validFromMs: clock.nowMs() + 5000});
      expect(await versions()).toEqual([2, 1]);
      await clock.advance(5000);
      expect(await versions()).toEqual([2]);
      await add({validFromMs: clock.nowMs() + 9000});
      await add();
      expect(await versions()).toEqual([4]);
    });

    it('belong to one organization', async () => {
      const {store, scope} = bench();
      const price = await add();
      const other = await add({modelHfId: 'other/model'});
      expect(await store.prices.current(scope)).toEqual([price, other]);
      expect(await store.prices.allCurrent()).toEqual([price, other]);
      expect(await store.prices.current(otherScope)).toEqual([]);
      expect(await store.prices.history(otherScope, model)).toEqual([]);
    });

    it('take no rate below zero', async () => {
      await expect(add({rates: {...rates, outputPerMillionNanos: -1}})).rejects.toThrow();
      expect(await bench().store.prices.allCurrent()).toEqual([]);
    });
  });
}
