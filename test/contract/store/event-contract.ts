import {describe, expect, it} from 'vitest';
import type {NewEvent} from '../../../src/core/events.ts';
import {type Bench, type MakeStore, otherScope, useBench} from './harness.ts';

export function eventContract(makeStore: MakeStore): void {
  describe('events', () => {
    const bench = useBench(makeStore);

    it('gives rising ids, and everything after one of them', async () => {
      const {store, scope} = bench();
      expect(await store.events.latestId()).toBe(0);
      const events = [];
      for (const subjectId of ['a', 'b', 'c']) events.push(await store.events.append(anEvent(bench(), {subjectId})));

      const ids = events.map(event => event.id);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      expect(new Set(ids).size).toBe(3);
      expect(await store.events.after(ids[0] ?? 0, {limit: 10, scope})).toEqual(events.slice(1));
      expect(await store.events.after(0, {limit: 2})).toEqual(events.slice(0, 2));
      expect(await store.events.latestId()).toBe(ids[2]);
    });

    it('shows an organization its own events, and only the topics asked for', async () => {
      const {store, scope} = bench();
      await store.events.append(anEvent(bench(), {topic: 'keys'}));
      await store.events.append(anEvent(bench(), {topic: 'usage'}));
      expect(await store.events.after(0, {limit: 10, scope: otherScope})).toEqual([]);
      expect(await store.events.after(0, {limit: 10, scope, topics: ['usage']})).toMatchObject([{topic: 'usage'}]);
      expect(await store.events.after(0, {limit: 10, scope, topics: []})).toEqual([]);
    });

    it('bounds what one call returns', async () => {
      const {store} = bench();
      for (const limit of [0, -5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await expect(store.events.after(0, {limit})).rejects.toMatchObject({code: 'invalid_input'});
      }

      await expect(store.events.after(0, {limit: Number.MAX_SAFE_INTEGER})).resolves.toEqual([]);
    });

    it('changes its token after a write and only then', async () => {
      const {store, scope} = bench();
      const first = await store.events.changeToken();
      await store.instances.list(scope, {includeGone: true, includeArchived: true});
      expect(await store.events.changeToken()).toBe(first);
      await store.events.append(anEvent(bench()));
      expect(await store.events.changeToken()).not.toBe(first);
    });

    it('forgets what is older than asked, a bounded number at a time, and never uses an id twice', async () => {
      const {store, clock} = bench();
      for (let n = 0; n < 3; n++) await store.events.append(anEvent(bench()));
      await clock.advance(1000);
      const kept = await store.events.append(anEvent(bench()));

      expect(await store.events.prune(clock.nowMs(), 2)).toBe(2);
      expect(await store.events.prune(clock.nowMs(), 2)).toBe(1);
      expect(await store.events.after(0, {limit: 10})).toEqual([kept]);
      await store.events.prune(clock.nowMs() + 1, 2);
      expect((await store.events.append(anEvent(bench()))).id).toBeGreaterThan(kept.id);
    });
  });
}

function anEvent({scope}: Bench, overrides: Partial<NewEvent> = {}): NewEvent {
  return {
    organizationId: scope.organizationId,
    topic: 'alerts',
    type: 'alert.raised',
    subjectId: 'x',
    correlationId: null,
    payload: {text: 'é "quoted"', nested: {list: [1, null, true]}},
    ...overrides,
  };
}
