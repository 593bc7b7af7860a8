import {describe, expect, it} from 'vitest';
import {TestApp} from '../support/test-app.ts';

describe('keys of other users', () => {
  it.each(['user', 'manager'] as const)('are not for a %s to revoke or rotate', async role => {
    await using app = await TestApp.open();
    const {key} = await app.client.keys.create({name: 'theirs'});
    const other = app.clientAs({role, userId: 'usr_other'});
    const denied = {code: 'not_allowed', message: expect.stringContaining('another user')};
    await expect(other.keys.revoke({key: 'theirs'})).rejects.toMatchObject(denied);
    await expect(other.keys.rotate({key: 'theirs'})).rejects.toMatchObject(denied);
    expect(await app.client.keys.show({key: 'theirs'})).toEqual(key);
  });

  it('are for who looks after the keys of the organization; everybody may have their own', async () => {
    await using app = await TestApp.open();
    await app.client.keys.create({name: 'own'});
    const {userId} = app.caller;
    const owner = app.clientAs({role: 'user', userId});
    expect((await owner.keys.rotate({key: 'own'})).secret).toMatch(/^inv-/);
    const admin = app.clientAs({role: 'admin', userId: 'usr_other'});
    expect((await admin.keys.rotate({key: 'own'})).secret).toMatch(/^inv-/);
    expect((await owner.keys.revoke({key: 'own'})).revokedAt).not.toBeNull();
  });
});
