import {describe, expect, it} from 'vitest';
import {TestApp, testModel} from '../../support/test-app.ts';

const inputPerMillionNanos = 400_000_000;
const messages = [{role: 'user' as const, content: 'hello'}];

describe('prices', () => {
  it('are set by version; what is not named stays, and all of it is on the audit log', async () => {
    await using app = await TestApp.open();
    const {prices} = app.client;
    await prices.set({model: testModel, rates: {inputPerMillionNanos, cachedInputPerMillionNanos: 0}});
    await app.clock.advance(1000);
    const second = await prices.set({model: 'qwen2.5-0.5b-instruct', rates: {cachedInputPerMillionNanos: null}});
    expect(second).toMatchObject({
      ...{model: testModel, version: 2, state: 'in_force'},
      rates: {inputPerMillionNanos, cachedInputPerMillionNanos: null, outputPerMillionNanos: 0},
    });
    expect((await prices.history({model: testModel})).map(({version, state}) => [version, state])).toEqual([
      [2, 'in_force'],
      [1, 'over'],
    ]);
    const actions = (await app.store.audit.list(app.caller.scope, {limit: 5})).map(({action}) => action);
    expect(actions).toEqual(['prices.set', 'prices.set']);
  });

  it('may begin later, never earlier', async () => {
    await using app = await TestApp.open();
    const {prices} = app.client;
    const nowMs = app.clock.nowMs();
    const rates = {inputPerMillionNanos};
    await expect(prices.set({model: testModel, rates, validFromMs: nowMs - 1})).rejects.toMatchObject({
      code: 'invalid_input',
      hint: expect.stringContaining('usage correct'),
    });
    await prices.set({model: testModel, rates});
    await prices.set({model: testModel, rates: {outputPerMillionNanos: 1}, validFromMs: nowMs + 1000});
    expect((await prices.list()).map(({version, state}) => [version, state])).toEqual([
      [1, 'in_force'],
      [2, 'to_come'],
    ]);
    await app.clock.advance(1000);
    expect(await prices.show({model: testModel})).toMatchObject([{version: 2, state: 'in_force'}]);
  });

  it('are taken away once', async () => {
    await using app = await TestApp.open();
    const {prices} = app.client;
    expect(await prices.unset({model: testModel})).toEqual({unset: false});
    await prices.set({model: testModel, rates: {inputPerMillionNanos}});
    expect(await prices.unset({model: testModel})).toEqual({unset: true});
    expect(await prices.unset({model: testModel})).toEqual({unset: false});
    expect(await prices.show({model: testModel})).toMatchObject([{version: 2, state: 'in_force', rates: null}]);
  });

  it('are for owners and managers to set; admins look, users do not', async () => {
    await using app = await TestApp.open();
    const as = (role: 'admin' | 'manager' | 'user') => app.clientAs({role}).prices;
    const wish = {model: testModel, rates: {inputPerMillionNanos}};
    await expect(as('admin').set(wish)).rejects.toMatchObject({code: 'not_allowed'});
    await expect(as('user').list()).rejects.toMatchObject({code: 'not_allowed'});
    await as('manager').set(wish);
    expect(await as('admin').list()).toHaveLength(1);
    const stranger = app.clientAs({scope: {organizationId: 'org_00000000000000000000000000'}});
    expect(await stranger.prices.list()).toEqual([]);
  });

  it('refuse an unknown model, and rates beyond all measure', async () => {
    await using app = await TestApp.open();
    const {prices} = app.client;
    await expect(prices.set({model: 'none/such', rates: {}})).rejects.toMatchObject({code: 'model_not_found'});
    for (const rate of [-1, 0.5, 2e12]) {
      const refused = prices.set({model: testModel, rates: {inputPerMillionNanos: rate}});
      await expect(refused).rejects.toMatchObject({code: 'invalid_input'});
    }
  });

  it('are on the line of a chat from the command line, as they were when it began', async () => {
    await using app = await TestApp.open();
    await app.makeReady();
    await app.client.prices.set({model: testModel, rates: {inputPerMillionNanos, outputPerMillionNanos: 1e9}});
    await Array.fromAsync(await app.client.chat.stream({model: testModel, messages}));
    // 7 tokens in, 2 out.
    expect(await app.client.usage.totals({})).toMatchObject({requests: 1, amountNanos: 7 * 400 + 2 * 1000});
  });
});

describe('corrections', () => {
  it('are made by owners and managers, sum up in reports, and are audited', async () => {
    await using app = await TestApp.open();
    await app.makeReady();
    await app.client.prices.set({model: testModel, rates: {inputPerMillionNanos}});
    await Array.fromAsync(await app.client.chat.stream({model: testModel, messages}));
    const [line] = await app.store.usage.list(app.caller.scope, {limit: 1});
    const wish = {request: line?.requestId ?? '', toNanos: 1000, reason: 'agreed'};
    const as = (role: 'admin' | 'manager') => app.clientAs({role}).usage;
    await expect(as('admin').correct(wish)).rejects.toMatchObject({code: 'not_allowed'});
    expect(await as('manager').correct(wish)).toMatchObject({
      ...{billedNanos: 2800, amountNanos: 1000, isNew: true},
      corrections: [{amountNanos: -1800, reason: 'agreed'}],
    });
    expect(await as('manager').correct(wish)).toMatchObject({isNew: false});
    expect(await app.client.usage.totals({})).toMatchObject({requests: 1, amountNanos: 1000});
    expect(await app.client.usage.totalsBy({by: 'user'})).toMatchObject([
      {name: 'operator', totals: {amountNanos: 1000}},
    ]);
    const [entry] = await app.store.audit.list(app.caller.scope, {limit: 1});
    expect(entry).toMatchObject({action: 'usage.correct', details: {amountNanos: -1800, reason: 'agreed'}});
    await expect(app.client.usage.correct({...wish, reason: ' '})).rejects.toMatchObject({code: 'invalid_input'});
  });
});
