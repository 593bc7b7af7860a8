import {describe, expect, it} from 'vitest';
import {TestApp} from '../support/test-app.ts';

describe('caps of keys', () => {
  it('are set and changed, and the audit log says so', async () => {
    await using app = await TestApp.open();
    const {client} = app;
    const {key} = await client.keys.create({name: 'laptop', caps: {maxTokens: 100}});
    expect(key.caps).toEqual({maxTokens: 100});
    expect((await client.keys.update({key: 'laptop', caps: {batch: 3, maxTokens: null}})).caps).toEqual({batch: 3});
    expect((await client.keys.show({key: 'laptop'})).caps).toEqual({batch: 3});
    const [entry] = await app.store.audit.list(app.caller.scope, {limit: 1});
    expect(entry).toMatchObject({action: 'keys.update', subject: `keys/${key.id}`});
    await expect(client.keys.update({key: 'laptop', caps: {maxTokens: 0}})).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  it('are not for users to lift, nor are members that reach into the engine', async () => {
    await using app = await TestApp.open();
    await app.client.keys.create({name: 'laptop', caps: {maxTokens: 100}});
    const user = app.clientAs({role: 'user'});
    const denied = {code: 'not_allowed'};
    await expect(user.keys.update({key: 'laptop', caps: {maxTokens: null}})).rejects.toMatchObject(denied);
    await expect(user.keys.create({name: 'mine', caps: {allowedMembers: ['priority']}})).rejects.toMatchObject(denied);
    expect((await user.keys.create({name: 'mine', caps: {maxTokens: 5}})).key.caps).toEqual({maxTokens: 5});
  });
});
