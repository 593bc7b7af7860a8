import {describe, expect, it} from 'vitest';
import {isUsable} from '../../src/core/tenancy/api-key.ts';
import {hourMs} from '../../src/core/time.ts';
import {TestApp} from '../support/test-app.ts';

describe('API keys', () => {
  it('show their secret once and keep only a keyed hash of it', async () => {
    await using app = await TestApp.open();
    const {key, secret} = await app.client.keys.create({name: 'laptop'});
    expect(secret).toMatch(/^inv-[\w-]{43}$/);
    expect(key).toMatchObject({
      name: 'laptop',
      prefix: secret.slice(0, 10),
      scopes: ['inference', 'models'],
      models: null,
      expiresAt: null,
    });
    const [kept] = await app.store.keys.listUsable();
    expect(kept?.hash).toBe(app.tools.hasher.hash(secret));
    expect(JSON.stringify(await app.client.keys.list({}))).not.toContain(secret.slice(10));
  });

  it('are found by id and by name', async () => {
    await using app = await TestApp.open();
    const {key} = await app.client.keys.create({name: 'laptop', scopes: ['models'], models: ['a/b']});
    expect(await app.client.keys.show({key: key.id})).toEqual(key);
    expect(await app.client.keys.show({key: 'laptop'})).toEqual(key);
    await expect(app.client.keys.show({key: 'desktop'})).rejects.toMatchObject({code: 'not_found', param: 'key'});
  });

  it('end when they are revoked, once', async () => {
    await using app = await TestApp.open();
    const {key} = await app.client.keys.create({name: 'laptop'});
    const revoked = await app.client.keys.revoke({key: 'laptop'});
    await app.clock.advance(hourMs);
    expect(await app.client.keys.revoke({key: key.id})).toEqual(revoked);
    expect(await app.store.keys.listUsable()).toEqual([]);
    expect(await app.client.keys.list({})).toEqual([]);
    expect(await app.client.keys.list({includeRevoked: true})).toEqual([revoked]);
  });

  it('free their name when they are revoked', async () => {
    await using app = await TestApp.open();
    await app.client.keys.create({name: 'laptop'});
    await app.client.keys.revoke({key: 'laptop'});
    const {key} = await app.client.keys.create({name: 'laptop'});
    expect((await app.client.keys.show({key: 'laptop'})).id).toBe(key.id);
  });

  it('expire by themselves', async () => {
    await using app = await TestApp.open();
    const {key} = await app.client.keys.create({name: 'guest', expiresInMs: hourMs});
    const kept = await app.store.keys.find(app.caller.scope, key.id);
    const nowMs = app.clock.nowMs();
    expect(kept && isUsable(kept, nowMs + hourMs - 1)).toBe(true);
    expect(kept && isUsable(kept, nowMs + hourMs)).toBe(false);
    await app.clock.advance(hourMs);
    expect(await app.store.keys.listUsable()).toEqual([]);
  });

  it('change their secret, the old one staying valid for the grace time only', async () => {
    await using app = await TestApp.open();
    const first = await app.client.keys.create({name: 'web'});
    const second = await app.client.keys.rotate({key: 'web', graceMs: hourMs});
    expect(second.key.id).toBe(first.key.id);
    expect(second.secret).not.toBe(first.secret);
    const kept = await app.store.keys.find(app.caller.scope, first.key.id);
    expect(kept).toMatchObject({
      hash: app.tools.hasher.hash(second.secret),
      previousHash: app.tools.hasher.hash(first.secret),
      previousValidUntilMs: app.clock.nowMs() + hourMs,
    });
  });

  it('are not rotated once revoked', async () => {
    await using app = await TestApp.open();
    const {key} = await app.client.keys.create({name: 'web'});
    await app.client.keys.revoke({key: 'web'});
    await expect(app.client.keys.rotate({key: key.id})).rejects.toMatchObject({
      code: 'conflict',
      hint: 'Make a new one: inventiv keys create web',
    });
  });
});
