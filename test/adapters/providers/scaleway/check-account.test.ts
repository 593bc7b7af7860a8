import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {checkScalewayAccount} from '../../../../src/adapters/providers/scaleway/check-account.ts';
import type {ScalewayCredentials} from '../../../../src/adapters/providers/scaleway/credentials.ts';
import {seededIds} from '../../../support/seeded-ids.ts';
import {call, credentials, type FakeAccount, openFakeAccount, zone} from './support/fake-account.ts';

let account: FakeAccount;
beforeEach(async () => {
  account = await openFakeAccount();
});
afterEach(() => account[Symbol.asyncDispose]());

const check = (changed: Partial<ScalewayCredentials> = {}) =>
  checkScalewayAccount(
    {
      credentials: async () => ({...credentials, ...changed}),
      apiUrl: account.url,
      clock: account.clock,
      ids: seededIds(),
    },
    zone,
    call,
  );

describe('trying a key', () => {
  it('finds the project, and what the key may read in it', async () => {
    expect(await check()).toEqual([
      {name: 'project', detail: 'default', hint: null, ok: true},
      {name: 'servers', detail: `0 in ${zone}`, hint: null, ok: true},
      {name: 'volumes', detail: `0 in ${zone}`, hint: null, ok: true},
      {name: 'ssh keys', detail: '1 enabled', hint: null, ok: true},
    ]);
    expect(account.inventory()).toMatchObject({empty: true});
  });

  it('tells the one right that is missing, and goes on with the others', async () => {
    account.fault({kind: 'permissions_denied', path: '/block/', action: 'read', resource: 'volume'});
    const checks = await check();
    expect(checks.map(({ok}) => ok)).toEqual([true, true, false, true]);
    expect(checks[2]).toMatchObject({detail: expect.stringContaining('read volume')});
  });

  it('tells a project that does not exist', async () => {
    const [project] = await check({projectId: 'ffffffff-bbbb-4ccc-8ddd-eeeeeeeeeeee'});
    expect(project).toMatchObject({ok: false, hint: expect.stringContaining('SCW_DEFAULT_PROJECT_ID')});
  });

  it('stops at a key that is not accepted', async () => {
    await expect(check({secretKey: '99999999-2222-4333-8444-555555555555'})).rejects.toMatchObject({
      code: 'provider_auth',
    });
  });
});
