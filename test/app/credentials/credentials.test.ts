import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {createScalewayAccount} from '../../../src/adapters/providers/scaleway/account.ts';
import type {PartialCredentials} from '../../../src/adapters/providers/scaleway/credentials.ts';
import type {ApiTools} from '../../../src/api/context.ts';
import {type ApiClient, createLocalClient} from '../../../src/api/local-client.ts';
import {findCredentialsInUse, keptCredentials} from '../../../src/app/credentials/in-use.ts';
import {openCredentials} from '../../../src/app/credentials/sealed.ts';
import {
  type FakeAccount,
  openFakeAccount,
  credentials as values,
} from '../../adapters/providers/scaleway/support/fake-account.ts';
import {TestApp} from '../../support/test-app.ts';

const provider = 'scaleway';
const secondSecret = '22222222-3333-4444-8555-666666666666';
const strangerSecret = '99999999-2222-4333-8444-555555555555';
const otherProject = 'ffffffff-bbbb-4ccc-8ddd-eeeeeeeeeeee';

let app: TestApp;
let account: FakeAccount;
let ambient: PartialCredentials;
let tools: ApiTools;
let client: ApiClient;

beforeEach(async () => {
  app = await TestApp.open();
  account = await openFakeAccount({tokens: [values.secretKey, secondSecret]});
  ambient = {apiUrl: account.url};
  const {clock} = account;
  const {ids} = app.tools;
  const scaleway = () => createScalewayAccount({sources: {variables: ambient, configPath: null}, clock, ids});
  tools = {
    ...app.tools,
    accounts: [
      {
        provider,
        check: given => scaleway().check(given),
        readAmbient: () => scaleway().readAmbient(),
        test: (given, call) => scaleway().test(given, call),
      },
    ],
  };
  client = createLocalClient({tools, caller: app.caller});
});
afterEach(async () => {
  await account[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const audited = async () => (await app.store.audit.list(app.caller.scope, {limit: 20})).map(({action}) => action);
const stored = () => app.store.credentials.current(app.caller.scope, provider);

describe('stored credentials', () => {
  it('are sealed at rest: no value of them is in the row, the answers or the audit log', async () => {
    const answers = [await client.credentials.set({provider, values}), await client.credentials.list({})];
    const row = await stored();
    const audit = await app.store.audit.list(app.caller.scope, {limit: 20});
    for (const told of [row, answers, audit]) {
      expect(JSON.stringify(told)).not.toContain(values.secretKey);
      expect(JSON.stringify(told)).not.toContain(values.accessKey);
    }
    expect(row?.keyPrefix).toBe('SCWFAKE');
    expect(await findCredentialsInUse(tools, app.caller.scope, provider)).toMatchObject({
      credentials: values,
      source: 'organization',
    });
  });

  it('do not open in the place of another organization or version', async () => {
    await client.credentials.set({provider, values});
    const row = await stored();
    const [scaleway] = tools.accounts;
    if (row === null || scaleway === undefined) throw new Error('expected a stored row');
    const open =
      (changed: object, scope = app.caller.scope) =>
      () =>
        openCredentials(tools.secretBox, scope, scaleway, {...row, ...changed});
    expect(open({})()).toEqual(values);
    expect(open({version: 2})).toThrow('does not open');
    expect(open({}, {organizationId: 'org_other'})).toThrow('does not open');
  });

  it.each([
    ['a missing secret', {secretKey: undefined}, 'provider_auth', 'SCW_SECRET_KEY is not set'],
    ['swapped keys', {secretKey: values.accessKey}, 'invalid_config', 'SCW_SECRET_KEY to be a UUID'],
    ['a wrong project', {projectId: 'my-project'}, 'invalid_config', 'SCW_DEFAULT_PROJECT_ID'],
    ['a wrong zone', {zone: 'paris'}, 'invalid_config', 'SCW_DEFAULT_ZONE'],
    ['an unknown field', {secret: values.secretKey}, 'invalid_input', 'values'],
  ])('refuse %s without repeating it', async (_, changed, code, said) => {
    const refused = await client.credentials.set({provider, values: {...values, ...changed}}).catch(error => error);
    expect(refused).toMatchObject({code, message: expect.stringContaining(said)});
    expect(`${refused.message} ${refused.hint}`).not.toContain(values.secretKey);
    expect(await stored()).toBeNull();
  });

  it('are for providers that ask for some', async () => {
    await expect(client.credentials.set({provider: 'mock', values})).rejects.toMatchObject({
      code: 'invalid_input',
      hint: 'Those that do: scaleway.',
    });
  });

  it('may be seen and changed by owners and admins only', async () => {
    for (const role of ['manager', 'user'] as const) {
      const other = createLocalClient({tools, caller: {...app.caller, role}});
      await expect(other.credentials.list({})).rejects.toMatchObject({code: 'not_allowed'});
      await expect(other.credentials.set({provider, values})).rejects.toMatchObject({code: 'not_allowed'});
      await expect(other.credentials.remove({provider})).rejects.toMatchObject({code: 'not_allowed'});
    }
  });
});

describe('what is in use', () => {
  it('is what the organization stored, before what this machine holds', async () => {
    ambient = {...ambient, ...values, secretKey: secondSecret};
    expect((await client.credentials.list({}))[0]?.inUse).toMatchObject({
      source: 'environment',
      detail: 'SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID',
    });
    await client.credentials.set({provider, values});
    expect((await client.credentials.list({}))[0]?.inUse).toMatchObject({source: 'organization', detail: 'version 1'});
    await client.credentials.remove({provider});
    expect((await client.credentials.list({}))[0]?.inUse).toMatchObject({source: 'environment'});
  });

  it('is nothing, with the reason, when there is none', async () => {
    expect(await client.credentials.list({})).toMatchObject([
      {provider, inUse: null, problem: {code: 'provider_auth'}, versions: []},
    ]);
  });

  it('never falls back to another account when the stored ones do not open', async () => {
    await client.credentials.set({provider, values});
    ambient = {...ambient, ...values};
    const otherKey = {...tools, secretBox: {...tools.secretBox, open: () => tools.secretBox.open('v1.x', '')}};
    await expect(findCredentialsInUse(otherKey, app.caller.scope, provider)).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });

  it('is read again after a while, so that a rotation elsewhere is noticed', async () => {
    const read = keptCredentials(tools, app.caller.scope, provider);
    await expect(read()).rejects.toMatchObject({code: 'provider_auth'});
    await client.credentials.set({provider, values});
    expect((await read()).secretKey).toBe(values.secretKey);
    await client.credentials.rotate({provider, values: {...values, secretKey: secondSecret}});
    expect((await read()).secretKey).toBe(values.secretKey);
    await app.clock.advance(10_000);
    expect((await read()).secretKey).toBe(secondSecret);
  });
});

describe('testing credentials', () => {
  it('keeps when they were accepted', async () => {
    await client.credentials.set({provider, values});
    const tested = await client.credentials.test({provider});
    expect(tested).toMatchObject({ok: true, inUse: {keyPrefix: 'SCWFAKE'}});
    expect(tested.checks.map(({name}) => name)).toEqual(['project', 'servers', 'volumes', 'ssh keys']);
    expect((await stored())?.checkedAtMs).toBe(app.clock.nowMs());
    expect(account.inventory()).toMatchObject({empty: true});
  });

  it('names the permission that is missing (403)', async () => {
    await client.credentials.set({provider, values});
    account.fault({kind: 'permissions_denied', path: '/block/', action: 'read', resource: 'volume'});
    const {ok, checks} = await client.credentials.test({provider});
    expect(ok).toBe(false);
    expect(checks.find(check => !check.ok)).toMatchObject({
      name: 'volumes',
      detail: expect.stringContaining('read volume'),
      hint: expect.stringContaining('BlockStorageFullAccess'),
    });
    expect((await stored())?.checkedAtMs).toBeNull();
  });

  it('tells a key that is refused as such (401) from one that lacks a permission', async () => {
    await client.credentials.set({provider, values: {...values, secretKey: strangerSecret}});
    const refused = await client.credentials.test({provider}).catch(error => error);
    expect(refused).toMatchObject({code: 'provider_auth', detailCode: 'denied_authentication_not_found'});
    expect(`${refused.message} ${refused.hint}`).not.toContain(strangerSecret);
    const [entry] = await app.store.audit.list(app.caller.scope, {limit: 1});
    expect(entry).toMatchObject({
      action: 'credentials.test',
      details: {outcome: 'denied_authentication_not_found', source: 'organization'},
    });
  });
});

describe('rotating credentials', () => {
  beforeEach(() => client.credentials.set({provider, values}));

  it('puts what the provider accepts in use, goes back, and removes; each in the audit log', async () => {
    expect(await client.credentials.rotate({provider, values: {...values, secretKey: secondSecret}})).toMatchObject({
      version: 2,
      inUse: true,
      checkedAt: expect.any(String),
    });
    expect(await client.credentials.rollback({provider})).toMatchObject({version: 1, inUse: true});
    expect(await client.credentials.remove({provider})).toEqual({versions: 2});
    expect(await audited()).toEqual([
      'credentials.remove',
      'credentials.roll_back',
      'credentials.rotate',
      'credentials.set',
    ]);
    expect(await app.store.audit.verify()).toMatchObject({ok: true});
  });

  it('keeps the present ones when the new ones are refused', async () => {
    const stranger = {...values, secretKey: strangerSecret};
    await expect(client.credentials.rotate({provider, values: stranger})).rejects.toMatchObject({
      code: 'provider_auth',
    });
    account.fault({kind: 'permissions_denied', path: '/block/', action: 'read', resource: 'volume'});
    const lacking = {...values, secretKey: secondSecret};
    await expect(client.credentials.rotate({provider, values: lacking})).rejects.toMatchObject({
      code: 'provider_auth',
      message: expect.stringContaining('lack volumes'),
    });
    expect((await stored())?.version).toBe(1);
    expect(await client.credentials.rotate({provider, values: stranger, test: false})).toMatchObject({version: 2});
  });

  it('does not move to another project while something lives in this one', async () => {
    const live = {...(await app.request({name: 'prod'})), provider};
    const withLive = {...tools, instances: {...tools.instances, list: async () => [live]}} as ApiTools;
    const living = createLocalClient({tools: withLive, caller: app.caller});
    const elsewhere = {...values, projectId: otherProject};
    const outOfReach = {code: 'conflict', detailCode: 'instances_out_of_reach'};
    await expect(living.credentials.rotate({provider, values: elsewhere, test: false})).rejects.toMatchObject({
      ...outOfReach,
      message: 'prod would be out of reach in another project.',
    });
    await expect(living.credentials.remove({provider})).rejects.toMatchObject(outOfReach);
    await client.credentials.rotate({provider, values: elsewhere, test: false});
    await expect(living.credentials.rollback({provider})).rejects.toMatchObject(outOfReach);
    expect((await stored())?.version).toBe(2);
    expect(await client.credentials.rollback({provider})).toMatchObject({version: 1});
  });
});
