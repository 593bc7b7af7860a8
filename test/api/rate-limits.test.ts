import {expect, it} from 'vitest';
import {TestApp, testModel} from '../support/test-app.ts';

it('sets, lists and takes away rate limits by name, and leaves entries in the audit log', async () => {
  await using app = await TestApp.open();
  const {client, store, caller} = app;
  const {key} = await client.keys.create({name: 'laptop'});
  await client.rateLimits.set({requestsPerMinute: 600});
  await client.rateLimits.set({key: 'laptop', model: testModel, tokensPerMinute: 20_000});
  const replaced = await client.rateLimits.set({key: 'laptop', model: testModel, concurrency: 2});
  expect(replaced).toMatchObject({key: {id: key.id, name: 'laptop'}, model: testModel, tokensPerMinute: null});
  expect((await client.rateLimits.list({})).map(({key: of, model}) => [of?.name, model])).toEqual([
    [undefined, null],
    ['laptop', testModel],
  ]);
  await client.rateLimits.unset({});
  expect(await client.rateLimits.list({})).toHaveLength(1);
  const audit = await store.audit.list(caller.scope, {limit: 10});
  expect(audit.filter(({action}) => action.startsWith('rate_limits.'))).toHaveLength(4);
});

it.each([
  ['nothing to limit', {}, 'invalid_input'],
  ['an unknown key', {key: 'nobody', requestsPerMinute: 1}, 'not_found'],
  ['an unknown model', {model: 'no/such', requestsPerMinute: 1}, 'model_not_found'],
])('refuses %s', async (_what, input, code) => {
  await using app = await TestApp.open();
  await expect(app.client.rateLimits.set(input)).rejects.toMatchObject({code});
});

it('tells that there was none to take away', async () => {
  await using app = await TestApp.open();
  await expect(app.client.rateLimits.unset({model: testModel})).rejects.toMatchObject({code: 'not_found'});
});

it('is for owners and admins; managers may look', async () => {
  await using app = await TestApp.open();
  const denied = {code: 'not_allowed'};
  const manager = app.clientAs({role: 'manager'});
  expect(await manager.rateLimits.list({})).toEqual([]);
  await expect(manager.rateLimits.set({requestsPerMinute: 1})).rejects.toMatchObject(denied);
  await expect(manager.rateLimits.unset({})).rejects.toMatchObject(denied);
  await expect(app.clientAs({role: 'user'}).rateLimits.list({})).rejects.toMatchObject(denied);
});
