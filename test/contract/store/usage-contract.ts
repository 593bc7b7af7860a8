import {describe, expect, it} from 'vitest';
import {type MakeStore, otherScope, useBench} from './harness.ts';
import {aUsageRecord} from './rows.ts';

export function usageContract(makeStore: MakeStore): void {
  describe('usage', () => {
    const bench = useBench(makeStore);

    it('counts a request once, however often its batch is written', async () => {
      const {store, scope} = bench();
      const [a, b, c] = [aUsageRecord(bench()), aUsageRecord(bench()), aUsageRecord(bench())];
      expect(await store.usage.appendBatch([a, b])).toEqual({inserted: [a.requestId, b.requestId]});
      expect(await store.usage.appendBatch([a, b])).toEqual({inserted: []});
      expect(await store.usage.appendBatch([b, {...c}, c])).toEqual({inserted: [c.requestId]});
      expect(await store.usage.appendBatch([])).toEqual({inserted: []});
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
      expect((await store.usage.appendBatch(batch)).inserted).toHaveLength(1201);
      expect((await store.usage.totals(scope, {})).promptTokens).toBe(12_010);
    });

    it('corrects a line by counter-entries, once each, dated when they are made', async () => {
      const {store, scope, clock} = bench();
      const startedAtMs = clock.nowMs();
      const line = aUsageRecord(bench(), {amountNanos: 1500, priceId: 'prc_1'});
      await store.usage.appendBatch([line, aUsageRecord(bench(), {amountNanos: 10})]);
      await clock.advance(60_000);
      const correct = (toNanos: number) =>
        store.usage.correct(scope, {requestId: line.requestId, toNanos, reason: 'cut off', by: 'ada'});
      const first = await correct(0);
      expect(first).toMatchObject({amountNanos: -1500, reason: 'cut off', correctedBy: 'ada'});
      expect(await correct(0)).toBeNull();
      const second = await correct(700);
      expect(second).toMatchObject({amountNanos: 700});
      expect(await store.usage.corrections(scope, line.requestId)).toEqual([first, second]);

      expect(await store.usage.find(scope, line.requestId)).toEqual(line);
      expect(await store.usage.totals(scope, {})).toMatchObject({requests: 2, promptTokens: 20, amountNanos: 710});
      expect(await store.usage.totals(scope, {untilMs: startedAtMs + 1})).toMatchObject({amountNanos: 1510});
      expect(await store.usage.totals(scope, {fromMs: startedAtMs + 1})).toMatchObject({
        requests: 0,
        amountNanos: -800,
      });
      expect(await store.usage.totals(scope, {keyId: line.keyId, userId: line.userId})).toMatchObject({
        amountNanos: 710,
      });
      const events = await store.events.after(0, {limit: 10, topics: ['usage'], scope});
      expect(events.filter(({type}) => type === 'usage.corrected')).toHaveLength(2);
    });

    it('corrects nothing that is not there, or another organization’s', async () => {
      const {store, scope} = bench();
      const line = aUsageRecord(bench());
      await store.usage.appendBatch([line]);
      const correction = {requestId: line.requestId, toNanos: 0, reason: 'x', by: 'ada'};
      await expect(store.usage.correct(otherScope, correction)).rejects.toMatchObject({code: 'not_found'});
      await expect(store.usage.correct(scope, {...correction, requestId: 'req_none'})).rejects.toMatchObject({
        code: 'not_found',
      });
      expect(await store.usage.find(otherScope, line.requestId)).toBeNull();
      expect(await store.usage.corrections(otherScope, line.requestId)).toEqual([]);
      expect(await store.usage.totals(scope, {})).toMatchObject({amountNanos: 1500});
    });

    it('adds up apart by key, model, instance, user and organization, the most expensive first', async () => {
      const {store, scope, userId} = bench();
      const cheap = aUsageRecord(bench(), {keyId: 'key_a', amountNanos: 5});
      await store.usage.appendBatch([
        cheap,
        aUsageRecord(bench(), {keyId: 'key_b', amountNanos: 100, modelHfId: 'm/b', instanceId: 'ins_b'}),
        aUsageRecord(bench(), {keyId: 'key_a', amountNanos: 6, instanceId: 'ins_b'}),
      ]);
      await store.usage.correct(scope, {requestId: cheap.requestId, toNanos: 4, reason: 'x', by: 'ada'});
      const by = async (group: 'key' | 'model' | 'instance' | 'user' | 'organization') =>
        (await store.usage.totalsBy(scope, group, {})).map(({id, totals}) => [id, totals.requests, totals.amountNanos]);
      expect(await by('key')).toEqual([
        ['key_b', 1, 100],
        ['key_a', 2, 10],
      ]);
      expect(await by('model')).toEqual([
        ['m/b', 1, 100],
        [cheap.modelHfId, 2, 10],
      ]);
      expect(await by('instance')).toEqual([
        ['ins_b', 2, 106],
        [null, 1, 4],
      ]);
      expect(await by('user')).toEqual([[userId, 3, 110]]);
      expect(await by('organization')).toEqual([[scope.organizationId, 3, 110]]);
      expect(await store.usage.totalsBy(otherScope, 'key', {})).toEqual([]);
      expect(await store.usage.totalsBy(scope, 'key', {keyId: 'key_b'})).toHaveLength(1);
    });

    it('tells what was spent by day: lines of everybody, and apart what went past the proxy', async () => {
      const {store, scope} = bench();
      const day = 86_400_000;
      const [monday, tuesday] = [20_000 * day, 20_001 * day];
      const a = aUsageRecord(bench(), {keyId: 'key_a', startedAtMs: monday, amountNanos: 5});
      await store.usage.appendBatch([
        a,
        aUsageRecord(bench(), {keyId: 'key_a', startedAtMs: monday + day - 1, amountNanos: 6}),
        aUsageRecord(bench(), {keyId: 'key_a', startedAtMs: tuesday, amountNanos: 7}),
        aUsageRecord(bench(), {keyId: 'key_a', startedAtMs: tuesday, amountNanos: 0}),
        aUsageRecord(bench(), {keyId: 'past', startedAtMs: tuesday, amountNanos: 9}),
      ]);
      await store.usage.correct(scope, {requestId: a.requestId, toNanos: 0, reason: 'x', by: 'ada'});
      const brief = (spend: {keyId: string; dayStartMs: number; amountNanos: number}) =>
        [spend.keyId, spend.dayStartMs, spend.amountNanos] as const;
      const lines = await store.usage.spendByDay(monday);
      expect(lines.map(brief).toSorted()).toEqual([
        ['key_a', monday, 11],
        ['key_a', tuesday, 7],
        ['past', tuesday, 9],
      ]);
      expect(lines[0]).toMatchObject({...scope, userId: a.userId, modelHfId: a.modelHfId});
      expect((await store.usage.spendByDay(tuesday)).map(brief).toSorted()).toEqual([
        ['key_a', tuesday, 7],
        ['past', tuesday, 9],
      ]);
      const outside = (ids: readonly string[]) => store.usage.outsideSpend(ids, {fromMs: 0, keyId: 'past'});
      const today = bench().clock.nowMs() - (bench().clock.nowMs() % day);
      expect((await outside([scope.organizationId])).map(brief)).toEqual(
        expect.arrayContaining([
          ['past', tuesday, 9],
          ['key_a', today, -5],
        ]),
      );
      expect(await outside([otherScope.organizationId])).toEqual([]);
      expect(await outside([])).toEqual([]);
    });
  });
}
