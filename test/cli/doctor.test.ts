import {describe, expect, it} from 'vitest';
import type {ProviderCredentialsView} from '../../src/cli/api-client.ts';
import {type DoctorSubject, runChecks} from '../../src/cli/doctor/checks.ts';
import type {PathFacts, Probes} from '../../src/cli/doctor/probes.ts';
import {loadConfig} from '../../src/config/config.ts';
import {readEnv} from '../../src/config/env.ts';

const fine: PathFacts = {exists: true, writable: true, mode: 0o700};
const soundStore = {
  status: async () => ({
    location: '/s/inventiv.db',
    exists: true,
    schemaVersion: 3,
    programVersion: 3,
    pending: [],
    bytes: 4096,
  }),
  check: async () => [],
  migrate: async () => ({applied: []}),
  backup: async () => ({bytes: 0}),
  restore: async () => ({previousKeptAt: null}),
};

function probesOf(changes: Partial<Probes> = {}): Probes {
  return {
    nodeVersion: '24.21.0',
    pythonVersion: async () => 'Python 3.11.2',
    inspectPath: async path => ({...fine, mode: path.endsWith('secret.key') ? 0o600 : 0o700}),
    freeBytes: async () => 50e9,
    isPortFree: async () => true,
    ...changes,
  };
}

const inEnvironment: ProviderCredentialsView = {
  provider: 'scaleway',
  inUse: {source: 'environment', detail: 'SCW_ACCESS_KEY', keyPrefix: 'SCWABCD', projectId: 'p', zone: null},
  problem: null,
  versions: [],
};
const none: ProviderCredentialsView = {
  ...inEnvironment,
  inUse: null,
  problem: {code: 'provider_auth', message: 'SCW_SECRET_KEY is not set.', hint: 'Set it.'},
};

async function statusOf(name: string, changes: Partial<DoctorSubject> = {}, variables: Record<string, string> = {}) {
  const env = readEnv({HOME: '/nobody', INVENTIV_STATE_DIR: '/s', ...variables});
  const checks = await runChecks({
    env,
    probes: probesOf(),
    loadConfig: async () => await loadConfig(env, '/nowhere'),
    openStoreTools: async () => soundStore,
    findCredentials: async () => [inEnvironment],
    ...changes,
  });
  return checks.find(check => check.name === name) ?? {status: 'absent', message: '', fix: null};
}

describe('doctor', () => {
  it('finds nothing on a sound machine', async () => {
    const env = readEnv({HOME: '/nobody', INVENTIV_STATE_DIR: '/s'});
    const checks = await runChecks({
      env,
      probes: probesOf(),
      loadConfig: async () => await loadConfig(env, '/nowhere'),
      openStoreTools: async () => soundStore,
      findCredentials: async () => [none],
    });
    expect(checks.map(check => [check.name, check.status, check.fix])).toEqual(
      ['node', 'python', 'config', 'state', 'secret key', 'disk', 'store', 'ports', 'credentials'].map(name => [
        name,
        'ok',
        null,
      ]),
    );
  });

  it.each([
    ['nothing', null, 'problem'],
    ['an old one', 'Python 3.9.18', 'problem'],
    ['Python 2', 'Python 2.7.18', 'problem'],
    ['the oldest that works', 'Python 3.10.0', 'ok'],
    ['a coming one', 'Python 4.0.1', 'ok'],
  ])('judges Python when there is %s', async (_, printed, status) => {
    expect((await statusOf('python', {probes: probesOf({pythonVersion: async () => printed})})).status).toBe(status);
  });

  it('gives a fix with every finding', async () => {
    const probes = probesOf({
      pythonVersion: async () => null,
      inspectPath: async () => ({exists: true, writable: false, mode: 0o644}),
      freeBytes: async () => 1e6,
      isPortFree: async () => false,
    });
    for (const name of ['python', 'state', 'secret key', 'disk', 'ports']) {
      const {status, fix} = await statusOf(name, {probes});
      expect(status, name).not.toBe('ok');
      expect(fix, name).toBeTruthy();
    }
  });

  it('warns of a state directory that others can read', async () => {
    const probes = probesOf({inspectPath: async () => ({...fine, mode: 0o755})});
    expect(await statusOf('state', {probes})).toMatchObject({status: 'warning', fix: 'chmod 700 /s'});
  });

  it('reports damage, pending migrations and a newer store', async () => {
    const store = async (status: object, findings: string[] = []) =>
      await statusOf('store', {
        openStoreTools: async () => ({
          ...soundStore,
          status: async () => ({...(await soundStore.status()), ...status}),
          check: async () => findings,
        }),
      });
    expect(await store({}, ['page 7 is damaged'])).toMatchObject({status: 'problem', message: 'page 7 is damaged'});
    expect(await store({pending: ['0002_more']})).toMatchObject({status: 'warning', fix: 'inventiv db migrate'});
    expect(await store({schemaVersion: 9})).toMatchObject({status: 'problem'});
    expect(await store({exists: false})).toMatchObject({status: 'ok'});
  });

  it('turns a look that fails into a problem, and still looks at the rest', async () => {
    const broken = {openStoreTools: async () => Promise.reject(new Error('file is not a database'))};
    expect(await statusOf('store', broken)).toMatchObject({status: 'problem', message: 'file is not a database'});
    expect(await statusOf('ports', broken)).toMatchObject({status: 'ok'});
  });

  it('goes on without a valid configuration', async () => {
    const broken = {loadConfig: async () => Promise.reject(new Error('x.yaml:3: unknown key "prot"'))};
    expect(await statusOf('config', broken)).toMatchObject({
      status: 'problem',
      message: 'x.yaml:3: unknown key "prot"',
    });
    expect(await statusOf('python', broken)).toMatchObject({status: 'ok'});
    expect(await statusOf('store', broken)).toMatchObject({status: 'absent'});
  });

  it('asks for Scaleway credentials only when that is the provider', async () => {
    const missing = {findCredentials: async () => [none]};
    expect(await statusOf('credentials', missing)).toMatchObject({status: 'ok', fix: null});
    expect(await statusOf('credentials', missing, {INVENTIV_PROVIDER: 'scaleway'})).toMatchObject({
      status: 'problem',
      message: 'the provider is scaleway: SCW_SECRET_KEY is not set.',
      fix: 'Set it.',
    });
  });

  it('says which credentials are used and where they come from', async () => {
    const {status, message} = await statusOf('credentials', {}, {INVENTIV_PROVIDER: 'scaleway'});
    expect(status).toBe('ok');
    expect(message).toContain('scaleway uses SCWABCD..., environment (SCW_ACCESS_KEY)');
  });

  it.each([
    ['is there and up to date', {}, true],
    ['is not there yet', {exists: false}, false],
    ['waits for migrations', {pending: ['0009_more']}, false],
    ['was written by a newer program', {schemaVersion: 9}, false],
  ])('reads stored credentials only where the store %s', async (_, changed, isStoreReadable) => {
    const asked: boolean[] = [];
    await statusOf('credentials', {
      openStoreTools: async () => ({
        ...soundStore,
        status: async () => ({...(await soundStore.status()), ...changed}),
      }),
      findCredentials: async (_config, store) => {
        asked.push(store.isStoreReadable);
        return [inEnvironment];
      },
    });
    expect(asked).toEqual([isStoreReadable]);
  });
});
