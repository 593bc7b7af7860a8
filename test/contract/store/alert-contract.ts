import {describe, expect, it} from 'vitest';
import type {NewAlert} from '../../../src/core/alerts/alert.ts';
import {type Bench, type MakeStore, otherScope, useBench} from './harness.ts';

export function alertContract(makeStore: MakeStore): void {
  describe('alerts', () => {
    const bench = useBench(makeStore);

    it('keeps one open alert per kind and subject, and tells it once', async () => {
      const {store, scope, clock} = bench();
      const first = await store.alerts.raise(anAlert(bench()));
      await clock.advance(1000);
      const again = await store.alerts.raise(anAlert(bench(), {message: 'still silent'}));
      expect([first.isNew, again.isNew, again.alert.id]).toEqual([true, false, first.alert.id]);
      expect(again.alert).toMatchObject({
        occurrences: 2,
        message: 'still silent',
        severity: 'critical',
        raisedAtMs: clock.nowMs() - 1000,
        lastRaisedAtMs: clock.nowMs(),
      });
      await store.alerts.raise(anAlert(bench(), {kind: 'wedged_worker'}));
      await store.alerts.raise(anAlert(bench(), {subjectId: 'ins_2'}));
      expect(await store.alerts.list(scope, {includeResolved: false, limit: 10})).toHaveLength(3);
      expect((await eventsOf(bench())).filter(type => type === 'alert.raised')).toHaveLength(3);
    });

    it('ends an alert once, and opens a new one for the next time', async () => {
      const {store, scope} = bench();
      const {alert} = await store.alerts.raise(anAlert(bench()));
      expect(await store.alerts.resolve(alert, 'it answers again')).toMatchObject({
        id: alert.id,
        resolution: 'it answers again',
      });
      expect(await store.alerts.resolve(alert, 'twice')).toBeNull();
      const next = await store.alerts.raise(anAlert(bench()));
      expect(next.isNew).toBe(true);
      expect(next.alert.id).not.toBe(alert.id);
      expect(await store.alerts.listOpen(10)).toMatchObject([{id: next.alert.id}]);
      expect(await store.alerts.list(scope, {includeResolved: true, limit: 10})).toHaveLength(2);
      expect(await eventsOf(bench())).toEqual(['alert.raised', 'alert.resolved', 'alert.raised']);
    });

    it('keeps who acknowledged it first, within the organization', async () => {
      const {store, scope} = bench();
      const {alert} = await store.alerts.raise(anAlert(bench()));
      expect(await store.alerts.acknowledge(otherScope, alert.id, 'thief')).toBeNull();
      expect(await store.alerts.find(otherScope, alert.id)).toBeNull();
      expect(await store.alerts.list(otherScope, {includeResolved: true, limit: 10})).toEqual([]);
      await store.alerts.acknowledge(scope, alert.id, 'ada');
      expect(await store.alerts.acknowledge(scope, alert.id, 'bob')).toMatchObject({acknowledgedBy: 'ada'});
      expect(await eventsOf(bench())).toEqual(['alert.raised', 'alert.acknowledged']);
    });

    it('keeps each piece of news until it was delivered or given up', async () => {
      const {store, clock} = bench();
      const {alerts} = store;
      const {alert} = await alerts.raise(anAlert(bench()));
      await alerts.raise(anAlert(bench()));
      await clock.advance(1000);
      await alerts.resolve(alert, 'over');
      const due = () => alerts.dueDeliveries({createdAfterMs: 0, limit: 10});
      const [raised, resolved] = await due();
      expect([raised?.news, resolved?.news, (await due()).length]).toEqual(['raised', 'resolved', 2]);

      const nextAttemptAtMs = clock.nowMs() + 5000;
      await alerts.saveDelivery(raised?.id ?? '', {kind: 'later', nextAttemptAtMs, error: 'HTTP 503'});
      await alerts.saveDelivery(resolved?.id ?? '', {kind: 'given_up', error: 'HTTP 410'});
      expect(await due()).toEqual([]);
      await clock.advance(5000);
      expect(await due()).toMatchObject([{id: raised?.id, attempts: 1, alert: {id: alert.id}}]);
      expect(await alerts.dueDeliveries({createdAfterMs: clock.nowMs(), limit: 10})).toEqual([]);
      await alerts.saveDelivery(raised?.id ?? '', {kind: 'delivered'});
      expect(await due()).toEqual([]);
    });
  });
}

function anAlert({scope}: Bench, overrides: Partial<NewAlert> = {}): NewAlert {
  return {
    organizationId: scope.organizationId,
    kind: 'dead_worker',
    subjectId: 'ins_1',
    subjectName: 'prod-1',
    message: 'silent for 5 minutes',
    hint: null,
    details: {silentMs: 300_000},
    ...overrides,
  };
}

async function eventsOf({store, scope}: Bench): Promise<string[]> {
  const events = await store.events.after(0, {limit: 100, scope, topics: ['alerts']});
  return events.map(event => event.type);
}
