import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {
  type CredentialSources,
  readScalewayCredentials,
} from '../../../../src/adapters/providers/scaleway/read-credentials.ts';

const accessKey = 'SCWAAAAAAAAAAAAAAAAA';
const secretKey = '11111111-2222-4333-8444-555555555555';
const projectId = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
const otherProject = 'ffffffff-bbbb-4ccc-8ddd-eeeeeeeeeeee';
const variables = {accessKey, secretKey, projectId};

const file = `
access_key: SCWDDDDDDDDDDDDDDDDD
secret_key: 99999999-2222-4333-8444-555555555555
default_project_id: ${projectId}
default_zone: fr-par-2
active_profile: work
profiles:
  work:
    default_project_id: ${otherProject}
  test:
    api_url: http://127.0.0.1:1234
`;

let folder: string;
let configPath: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inventiv-scw-'));
  configPath = join(folder, 'config.yaml');
});
afterEach(() => rm(folder, {recursive: true}));

const read = async (text: string | null, sources: Partial<CredentialSources> = {}) => {
  if (text !== null) await writeFile(configPath, text);
  return readScalewayCredentials({variables: {}, configPath, ...sources});
};
const failure = (text: string | null, sources: Partial<CredentialSources> = {}) =>
  read(text, sources).catch((error: unknown) => error);

describe('credentials', () => {
  it('come from the variables alone when they are complete, whatever the file holds', async () => {
    expect(await read('not: [yaml', {variables})).toEqual(variables);
  });

  it('come from the file, its active profile over its top', async () => {
    expect(await read(file)).toEqual({
      accessKey: 'SCWDDDDDDDDDDDDDDDDD',
      secretKey: '99999999-2222-4333-8444-555555555555',
      projectId: otherProject,
      zone: 'fr-par-2',
    });
  });

  it('come from the profile that is asked for', async () => {
    expect(await read(file, {profile: 'test'})).toMatchObject({projectId, apiUrl: 'http://127.0.0.1:1234'});
  });

  it('are taken value by value, variables first', async () => {
    expect(await read(file, {variables: {projectId, zone: 'pl-waw-2'}})).toMatchObject({
      accessKey: 'SCWDDDDDDDDDDDDDDDDD',
      projectId,
      zone: 'pl-waw-2',
    });
  });

  it('are missed by name when there is no file and no variable', async () => {
    expect(await failure(null)).toMatchObject({code: 'provider_auth', param: 'SCW_ACCESS_KEY'});
    expect(await failure('')).toMatchObject({code: 'provider_auth'});
    expect(await failure(null, {variables: {accessKey, secretKey}})).toMatchObject({param: 'SCW_DEFAULT_PROJECT_ID'});
  });

  it.each([
    [{...variables, accessKey: 'AKIAIOSFODNN7EXAMPLE'}, 'SCW_ACCESS_KEY'],
    [{...variables, secretKey: 'hunter2'}, 'SCW_SECRET_KEY'],
    [{...variables, projectId: 'my-project'}, 'SCW_DEFAULT_PROJECT_ID'],
    [{...variables, zone: 'paris'}, 'SCW_DEFAULT_ZONE'],
    [{...variables, apiUrl: 'ftp://somewhere'}, 'SCW_API_URL'],
  ])('of a wrong form are refused without being repeated: %#', async (wrong, param) => {
    const error = await failure(null, {variables: wrong});
    expect(error).toMatchObject({code: 'invalid_config', param});
    expect(String(error)).not.toMatch(/AKIA|hunter2|my-project|paris|somewhere/);
  });

  it('tell an access key that stands in the place of the secret', async () => {
    const error = await failure(null, {variables: {...variables, secretKey: accessKey}});
    expect(error).toMatchObject({hint: expect.stringContaining('access key')});
  });

  it('name the profiles when one is asked for that does not exist', async () => {
    expect(await failure(file, {profile: 'wrok'})).toMatchObject({
      code: 'invalid_config',
      hint: expect.stringContaining('work'),
    });
    expect(await failure(null, {profile: 'work', configPath: join(folder, 'none.yaml')})).toMatchObject({
      code: 'invalid_config',
      param: 'SCW_PROFILE',
    });
  });

  it.each([
    ['a line that is not YAML', `secret_key: ${secretKey}\n  - : [broken\n`],
    ['a list', '- 1\n- 2\n'],
    ['a bare text', secretKey],
  ])('in a file that cannot be read are refused without a line of it: %s', async (_, text) => {
    const error = await failure(text);
    expect(error).toMatchObject({code: 'invalid_config', detailCode: 'scw_config_unreadable'});
    expect(String(error) + JSON.stringify(error) + String(Object(error).stack)).not.toContain(secretKey);
  });
});
