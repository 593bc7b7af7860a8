import {describe, expect, it} from 'vitest';
import {dayMs, hourMs} from '../../../src/core/time.ts';
import {type MakeStore, otherScope, useBench} from './harness.ts';
import {aUsageRecord} from './rows.ts';

export function usageReportContract(makeStore: MakeStore): void {
  describe('usage reports', () => {
    const bench = useBench(makeStore);

    it('add up per step, and apart for each subject', async () => {
      const {store, scope} = bench();
      const at = (startedAtMs: number, keyId: string, instanceId: string | null = 'ins_a') =>
        aUsageRecord(bench(), {startedAtMs, keyId, instanceId, amountNanos: 7});
      await store.usage.appendBatch([
        at(hourMs - 1, 'key_a'),
        at(hourMs, 'key_a'),
        at(2 * hourMs - 1, 'key_b', null),
        at(dayMs, 'key_b'),
      ]);
      const series = async (step: 'hour' | 'day', by: 'key' | 'instance' | 'organization' | null, filter = {}) =>
        (await store.usageReports.series(scope, filter, {step, by})).map(({atMs, id, requests, amountNanos}) => [
          atMs,
          id,
          requests,
          amountNanos,
        ]);
      expect(await series('hour', null)).toEqual([
        [0, null, 1, 7],
        [hourMs, null, 2, 14],
        [dayMs, null, 1, 7],
      ]);
      expect(await series('day', 'key')).toEqual([
        [0, 'key_a', 2, 14],
        [0, 'key_b', 1, 7],
        [dayMs, 'key_b', 1, 7],
      ]);
      expect(await series('day', 'instance', {untilMs: dayMs})).toEqual([
        [0, null, 1, 7],
        [0, 'ins_a', 2, 14],
      ]);
      expect(await series('day', 'organization', {keyId: 'key_a'})).toEqual([[0, scope.organizationId, 2, 14]]);
      expect(await store.usageReports.series(otherScope, {}, {step: 'day', by: null})).toEqual([]);
    });

    it('come in pages, each line once, also where many began at the same moment', async () => {
      const {store, scope} = bench();
      const records = Array.from({length: 25}, (_, index) =>
        aUsageRecord(bench(), {startedAtMs: 1000 + Math.floor(index / 10)}),
      );
      await store.usage.appendBatch(records.toReversed());
      const seen: string[] = [];
      let after = null;
      for (let isMore = true; isMore; ) {
        const page = await store.usageReports.page(scope, {}, {after, limit: 4});
        seen.push(...page.map(({requestId}) => requestId));
        after = page.at(-1) ?? null;
        isMore = page.length === 4;
      }

      expect(seen).toEqual(records.map(({requestId}) => requestId));
      expect(await store.usageReports.page(scope, {fromMs: 1001, untilMs: 1002}, {after: null, limit: 100})).toEqual(
        records.slice(10, 20),
      );
      expect(await store.usageReports.page(otherScope, {}, {after: null, limit: 100})).toEqual([]);
    });
  });
}
