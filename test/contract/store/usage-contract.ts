import {describe, expect, it} from 'vitest';
import {type MakeStore, otherScope, useBench} from './harness.ts';
import {aUsageRecord} from './rows.ts';

export function usageContract(makeStore: MakeStore): void {
  describe('usage', () => {
    const bench = useBench(makeStore);

    it('counts a request once, however often its batch is written', async () => {
      const {store, scope} = bench();
      const [a, b, c] = [aUsageRecord(bench()), aUsageRecord(bench()), aUsageRecord(bench())];
      expect(await store.usage.appendBatch([a, b])).toEqual({inserted: 2});
      expect(await store.usage.appendBatch([a, b])).toEqual({inserted: 0});
      expect(await store.usage.appendBatch([b, {...c}, c])).toEqual({inserted: 1});
      expect(await store.usage.appendBatch([])).toEqual({inserted: 0});
      expect(await store.usage.totals(scope, {})).toMatchObject({requests: 3, promptTokens: 30, completionTokens: 15});
    });

    it('tells once per batch and organization, and not of a batch written again', async () => {
      const {store, scope} = bench();
      const batch = [aUsageRecord(bench()), aUsageRecord(bench())];
      await store.usage.appendBatch(batch);
      await store.usage.appendBatch(batch);
      const events = await store.events.after(0, {limit: 10, topics: ['usage'], scope});
      expect(events.map(event => [event.type, event.payload])).toEqual([
        ['usage.recorded', {requests: 2, promptTokens: 20, completionTokens: 10, amountNanos: 3000}],
      ]);
    });

    it('gives records back as they were, latest first, filtered and bounded', async () => {
      const {store, scope} = bench();
      const old = aUsageRecord(bench(), {
        startedAtMs: 1000,
        keyId: 'key_a',
        instanceId: 'ins_a',
        streamed: false,
        estimated: true,
      });
      const late = aUsageRecord(bench(), {startedAtMs: 2000, keyId: 'key_b', firstTokenMs: null, outcome: 'cancelled'});
      await store.usage.appendBatch([old, late]);

      const list = (filter: object) => store.usage.list(scope, {limit: 10, ...filter});
      expect(await list({})).toEqual([late, old]);
      expect(await list({limit: 1})).toEqual([late]);
      expect(await list({keyId: 'key_a'})).toEqual([old]);
      expect(await list({instanceId: 'ins_a'})).toEqual([old]);
      expect(await list({modelHfId: 'none/such'})).toEqual([]);
      expect(await list({fromMs: 1000, untilMs: 2000})).toEqual([old]);
      expect(await store.usage.list(otherScope, {limit: 10})).toEqual([]);
      await expect(list({limit: 0})).rejects.toMatchObject({code: 'invalid_input'});
    });

    it('adds up exactly, and to zero over nothing', async () => {
      const {store, scope} = bench();
      const outcomes = ['completed', 'cancelled', 'failed', 'refused'] as const;
      await store.usage.appendBatch(
        outcomes.map((outcome, n) => aUsageRecord(bench(), {outcome, amountNanos: 10 ** n})),
      );
      expect(await store.usage.totals(scope, {})).toEqual({
        requests: 4,
        promptTokens: 40,
        cachedPromptTokens: 16,
        completionTokens: 20,
        reasoningTokens: 8,
        audioMs: 0,
        estimated: 0,
        cancelled: 1,
        failed: 1,
        amountNanos: 1111,
      });
      const nothing = {
        requests: 0,
        promptTokens: 0,
        cachedPromptTokens: 0,
        completionTokens: 0,
        reasoningTokens: 0,
        audioMs: 0,
        estimated: 0,
        cancelled: 0,
        failed: 0,
        amountNanos: 0,
      };
      expect(await store.usage.totals(otherScope, {})).toEqual(nothing);
      expect(await store.usage.totals(scope, {keyId: 'key_none'})).toEqual(nothing);
    });

    it('takes batches larger than one statement holds', async () => {
      const {store, scope} = bench();
      const batch = Array.from({length: 1201}, () => aUsageRecord(bench()));
      expect(await store.usage.appendBatch(batch)).toEqual({inserted: 1201});
      expect((await store.usage.totals(scope, {})).promptTokens).toBe(12_010);
    });
  });
}
