import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeEach, describe, expect, it} from 'vitest';
import {createScalewayAccount} from '../../../../src/adapters/providers/scaleway/account.ts';
import type {PartialCredentials} from '../../../../src/adapters/providers/scaleway/credentials.ts';
import {seededIds} from '../../../support/seeded-ids.ts';
import {call, credentials, type FakeAccount, openFakeAccount} from './support/fake-account.ts';

const directory = mkdtempSync(join(tmpdir(), 'inventiv-scw-'));
const configPath = join(directory, 'config.yaml');
const {accessKey, secretKey, projectId} = credentials;
writeFileSync(
  configPath,
  [
    `access_key: ${accessKey}`,
    `secret_key: ${secretKey}`,
    `default_project_id: ${projectId}`,
    'profiles:',
    '  ci:',
    '    default_zone: pl-waw-2',
    '',
  ].join('\n'),
);
afterAll(() => rmSync(directory, {recursive: true, force: true}));

let fake: FakeAccount;
beforeEach(async () => {
  fake = await openFakeAccount();
});
afterEach(() => fake[Symbol.asyncDispose]());

function accountWith(variables: PartialCredentials, path: string | null = configPath, profile: string | null = null) {
  return createScalewayAccount({
    sources: {variables, configPath: path, profile},
    clock: fake.clock,
    ids: seededIds(),
  });
}

describe('the Scaleway account of this machine', () => {
  it.each([
    [
      'the variables',
      {accessKey, secretKey, projectId},
      'environment',
      /^SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID$/,
    ],
    ['the file of scw', {}, 'provider_file', /config\.yaml$/],
    ['both', {accessKey, secretKey}, 'environment', /^SCW_ACCESS_KEY, SCW_SECRET_KEY; the rest from .*config\.yaml$/],
    ['the file, but for the project', {projectId}, 'provider_file', /^SCW_DEFAULT_PROJECT_ID; the rest from /],
  ])('is read from %s, and says so', async (_, variables, source, detail) => {
    const ambient = await accountWith(variables).readAmbient();
    expect(ambient).toEqual({credentials, source, detail: expect.stringMatching(detail)});
    expect(ambient.detail).not.toContain(secretKey);
  });

  it('takes the profile that is asked for', async () => {
    expect(await accountWith({}, configPath, 'ci').readAmbient()).toMatchObject({
      credentials: {...credentials, zone: 'pl-waw-2'},
      detail: expect.stringMatching(/config\.yaml, profile ci$/),
    });
    await expect(accountWith({}, configPath, 'cii').readAmbient()).rejects.toMatchObject({
      code: 'invalid_config',
      hint: expect.stringContaining('"ci"'),
    });
  });

  it('says which variable to set when there is nothing', async () => {
    await expect(accountWith({}, null).readAmbient()).rejects.toMatchObject({
      code: 'provider_auth',
      detailCode: 'credentials_missing',
    });
  });

  it('tries credentials at SCW_API_URL, in the zone they prefer', async () => {
    fake.takeJournal();
    const checks = await accountWith({apiUrl: fake.url}).test({...credentials, zone: 'pl-waw-2'}, call);
    expect(checks.every(({ok}) => ok)).toBe(true);
    expect(fake.takeJournal().map(({path}) => path)).toContain('/instance/v1/zones/pl-waw-2/servers');
  });
});
