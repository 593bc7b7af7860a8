import {describe, expect, it} from 'vitest';
import {type MakeStore, otherScope, useBench} from './harness.ts';
import {aKey} from './rows.ts';

export function keyContract(makeStore: MakeStore): void {
  describe('API keys', () => {
    const bench = useBench(makeStore);

    it('gives back what was created, by id and by name', async () => {
      const {store, scope} = bench();
      const key = aKey(bench(), {models: ['a/b'], expiresAtMs: bench().clock.nowMs() + 1000});
      await store.keys.create(scope, key);

      expect(await store.keys.find(scope, key.id)).toEqual(key);
      expect(await store.keys.find(scope, 'laptop')).toEqual(key);
      expect(await store.keys.list(scope, {includeRevoked: false})).toEqual([key]);
    });

    it('does not show a key to another organization, nor lets it change one', async () => {
      const {store, scope} = bench();
      const key = aKey(bench());
      await store.keys.create(scope, key);

      expect(await store.keys.find(otherScope, key.id)).toBeNull();
      expect(await store.keys.list(otherScope, {includeRevoked: true})).toEqual([]);
      await expect(store.keys.revoke(otherScope, key.id, 1)).rejects.toMatchObject({code: 'not_found'});
      await expect(
        store.keys.rotate(otherScope, key.id, {hash: 'x', prefix: 'y', oldValidUntilMs: 1}),
      ).rejects.toMatchObject({code: 'not_found'});
      await expect(store.keys.create(otherScope, aKey(bench()))).rejects.toMatchObject({code: 'not_allowed'});
      expect(await store.keys.find(scope, key.id)).toEqual(key);
    });

    it('refuses a name in use, and gives it free when the key is revoked', async () => {
      const {store, scope, clock} = bench();
      const first = aKey(bench());
      const second = aKey(bench());
      await store.keys.create(scope, first);
      await expect(store.keys.create(scope, second)).rejects.toMatchObject({code: 'conflict'});

      await store.keys.revoke(scope, first.id, clock.nowMs());
      await store.keys.create(scope, second);
      expect((await store.keys.find(scope, 'laptop'))?.id).toBe(second.id);
      expect((await store.keys.find(scope, first.id))?.revokedAtMs).toBe(clock.nowMs());
      expect(await store.keys.list(scope, {includeRevoked: true})).toHaveLength(2);
    });

    it('keeps the first revocation time and tells of it once', async () => {
      const {store, scope} = bench();
      const key = aKey(bench());
      await store.keys.create(scope, key);
      await store.keys.revoke(scope, key.id, 10);
      await store.keys.revoke(scope, key.id, 20);

      expect((await store.keys.find(scope, key.id))?.revokedAtMs).toBe(10);
      const events = await store.events.after(0, {limit: 10, topics: ['keys']});
      expect(events.map(event => event.type)).toEqual(['key.created', 'key.revoked']);
    });

    it('keeps the caps of a key, tells of it, and forgets them', async () => {
      const {store, scope} = bench();
      const key = aKey(bench());
      await store.keys.create(scope, key);
      const caps = {maxTokens: 100, allowedMembers: ['priority' as const]};
      await store.keys.setCaps(scope, key.id, caps);
      expect(await store.keys.find(scope, key.id)).toEqual({...key, caps});
      expect(await store.keys.listUsable()).toEqual([{...key, caps}]);
      await expect(store.keys.setCaps(otherScope, key.id, null)).rejects.toMatchObject({code: 'not_found'});
      await store.keys.setCaps(scope, key.id, null);
      expect(await store.keys.find(scope, key.id)).toEqual(key);
      const events = await store.events.after(0, {limit: 10, topics: ['keys']});
      expect(events.map(({type}) => type)).toEqual(['key.created', 'key.updated', 'key.updated']);
    });

    it('keeps the old hash beside the new one when a key is rotated', async () => {
      const {store, scope} = bench();
      const key = aKey(bench());
      await store.keys.create(scope, key);
      await store.keys.rotate(scope, key.id, {hash: 'new hash', prefix: 'inv-GhIjKl', oldValidUntilMs: 5000});

      expect(await store.keys.listUsable()).toEqual([
        {...key, hash: 'new hash', prefix: 'inv-GhIjKl', previousHash: key.hash, previousValidUntilMs: 5000},
      ]);
    });

    it('does not rotate a revoked key', async () => {
      const {store, scope} = bench();
      const key = aKey(bench());
      await store.keys.create(scope, key);
      await store.keys.revoke(scope, key.id, 1);
      const rotated = store.keys.rotate(scope, key.id, {hash: 'x', prefix: 'y', oldValidUntilMs: 1});
      await expect(rotated).rejects.toMatchObject({code: 'conflict'});
    });

    it('counts neither revoked nor expired keys as usable', async () => {
      const {store, scope, clock} = bench();
      const kept = aKey(bench(), {name: 'kept'});
      const expiring = aKey(bench(), {name: 'expiring', expiresAtMs: clock.nowMs() + 1000});
      const revoked = aKey(bench(), {name: 'revoked'});
      for (const key of [kept, expiring, revoked]) await store.keys.create(scope, key);
      await store.keys.revoke(scope, revoked.id, clock.nowMs());

      expect((await store.keys.listUsable()).map(key => key.name).sort()).toEqual(['expiring', 'kept']);
      await clock.advance(1000);
      expect((await store.keys.listUsable()).map(key => key.name)).toEqual(['kept']);
    });

    it('remembers the latest use, whatever the order of the batches', async () => {
      const {store, scope} = bench();
      const key = aKey(bench());
      await store.keys.create(scope, key);
      await store.keys.recordLastUsed([
        {keyId: key.id, atMs: 300},
        {keyId: key.id, atMs: 200},
        {keyId: 'unknown', atMs: 400},
      ]);
      await store.keys.recordLastUsed([]);
      expect((await store.keys.find(scope, key.id))?.lastUsedAtMs).toBe(300);
    });
  });
}
