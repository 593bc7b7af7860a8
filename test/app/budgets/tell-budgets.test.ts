import {describe, expect, it} from 'vitest';
import {tellBudgets} from '../../../src/app/budgets/tell-budgets.ts';
import {dayMs} from '../../../src/core/time.ts';
import {aUsageRecord} from '../../contract/store/rows.ts';
import {TestApp} from '../../support/test-app.ts';

describe('a budget that is nearly spent', () => {
  it('is one alert while it lasts, and none when the next day began', async () => {
    await using app = await TestApp.open();
    const {scope, userId} = app.caller;
    const tools = {...app.tools, alerts: app.store.alerts};
    const tell = () => tellBudgets(tools, new AbortController().signal);
    const alerts = () => app.store.alerts.list(scope, {includeResolved: true, limit: 10});
    const spend = (amountNanos: number) =>
      app.store.usage.appendBatch([aUsageRecord({...app.tools, scope, userId}, {amountNanos})]);
    await app.client.budgets.set({period: 'day', hardNanos: 1000});
    await app.client.budgets.set({period: 'month', softNanos: 500_000});
    await spend(899);
    expect(await tell()).toEqual({checked: 2, near: 0});
    await spend(1);
    expect(await tell()).toEqual({checked: 2, near: 1});
    await tell();
    expect(await alerts()).toMatchObject([
      {kind: 'budget_near', subjectName: 'daily budget of the organization', occurrences: 1, resolvedAtMs: null},
    ]);
    await app.clock.advance(dayMs);
    await tell();
    expect(await alerts()).toMatchObject([{resolution: expect.stringContaining('new period')}]);
  });
});
