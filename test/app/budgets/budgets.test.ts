import {describe, expect, it} from 'vitest';
import {aUsageRecord} from '../../contract/store/rows.ts';
import {TestApp, testModel} from '../../support/test-app.ts';

describe('budgets', () => {
  it('tell what the ledger says was spent of them in this day or month', async () => {
    await using app = await TestApp.open();
    const {budgets, keys} = app.client;
    const {key} = await keys.create({name: 'laptop'});
    const {scope, userId} = app.caller;
    const line = (overrides: object) =>
      aUsageRecord({...app.tools, scope, userId}, {modelHfId: testModel, ...overrides});
    const startedAtMs = app.clock.nowMs() - 86_400_000;
    await app.store.usage.appendBatch([
      line({keyId: key.id, amountNanos: 30}),
      line({keyId: key.id, amountNanos: 500, startedAtMs: startedAtMs - 40 * 86_400_000}),
      line({amountNanos: 15}),
    ]);
    expect(await budgets.set({key: 'laptop', period: 'day', hardNanos: 100, softNanos: 30})).toMatchObject({
      ...{key: {name: 'laptop'}, user: null, model: null, spentNanos: 30, state: 'soft_reached'},
    });
    expect(await budgets.set({period: 'month', hardNanos: 45})).toMatchObject({
      key: null,
      spentNanos: 45,
      state: 'exhausted',
    });
    expect(await budgets.set({model: testModel, user: 'operator', period: 'day', softNanos: 46})).toMatchObject({
      ...{model: testModel, user: {name: 'operator'}, spentNanos: 45, state: 'within'},
    });
    expect(await budgets.list()).toHaveLength(3);
    expect(await budgets.show({key: 'laptop', period: 'day'})).toMatchObject({hardNanos: 100});
    await expect(budgets.show({key: 'laptop', period: 'month'})).rejects.toMatchObject({code: 'not_found'});
  });

  it('are set and taken away by owners and managers, and audited', async () => {
    await using app = await TestApp.open();
    const as = (role: 'admin' | 'manager' | 'user') => app.clientAs({role}).budgets;
    const wish = {period: 'month', hardNanos: 100} as const;
    await expect(as('admin').set(wish)).rejects.toMatchObject({code: 'not_allowed'});
    await expect(as('user').list()).rejects.toMatchObject({code: 'not_allowed'});
    await as('manager').set(wish);
    expect(await as('admin').list()).toHaveLength(1);
    expect(await as('manager').unset({period: 'month'})).toEqual({unset: true});
    expect(await as('manager').unset({period: 'month'})).toEqual({unset: false});
    const actions = (await app.store.audit.list(app.caller.scope, {limit: 5})).map(({action}) => action);
    expect(actions).toEqual(['budgets.unset', 'budgets.set']);
  });

  it('refuse what has no amount, a soft one above the hard one, and unknown subjects', async () => {
    await using app = await TestApp.open();
    const {budgets} = app.client;
    const refused = [
      {period: 'day'},
      {period: 'day', softNanos: 2, hardNanos: 1},
      {period: 'day', hardNanos: 0},
    ] as const;
    for (const wish of refused) await expect(budgets.set(wish)).rejects.toMatchObject({code: 'invalid_input'});
    await expect(budgets.set({key: 'none', ...refused[1]})).rejects.toMatchObject({code: 'invalid_input'});
    for (const subject of [{key: 'none'}, {user: 'none'}])
      await expect(budgets.set({...subject, period: 'day', hardNanos: 1})).rejects.toMatchObject({code: 'not_found'});
  });
});
