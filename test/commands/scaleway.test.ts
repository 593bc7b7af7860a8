import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ControllableClock} from '../support/fake-scaleway/clock.ts';
import {type FakeScaleway, startFakeScaleway} from '../support/fake-scaleway/start-fake-scaleway.ts';
import {DEFAULT_ACCESS_KEY, DEFAULT_PROJECT, DEFAULT_TOKEN} from '../support/fake-scaleway/world.ts';
import {Installation} from '../support/installation.ts';

const model = 'meta-llama/Llama-3.1-8B-Instruct';
let fake: FakeScaleway;
let installation: Installation;
const said: string[] = [];

beforeAll(async () => {
  fake = await startFakeScaleway({seed: 'cli', clock: new ControllableClock({speed: 0})});
  installation = new Installation({env: {SCW_API_URL: fake.url}});
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  await fake.close();
});

async function run(args: string[], options: {env?: Record<string, string>; stdin?: string} = {}) {
  const result = await installation.run(args, options);
  said.push(result.stdout, result.stderr);
  return result;
}

const keys = {
  SCW_ACCESS_KEY: DEFAULT_ACCESS_KEY,
  SCW_SECRET_KEY: DEFAULT_TOKEN,
  SCW_DEFAULT_PROJECT_ID: DEFAULT_PROJECT,
};

// One account from empty to planned: the steps build on each other.
describe('the built command line on a Scaleway account', () => {
  it('says what is missing before there are credentials, and sizes models all the same', async () => {
    const planned = await run(['plan', '--provider', 'scaleway', '--model', model]);
    expect(planned).toMatchObject({exitCode: 4, stdout: ''});
    expect(planned.stderr).toContain('SCW_ACCESS_KEY is not set');
    expect((await run(['catalog', 'types'])).stdout).toContain('inventiv catalog sync');
    expect((await run(['models', 'size', model])).stdout).toContain('L4-1-24G');
  });

  it('stores credentials of the environment, and says which are in use', async () => {
    const stored = await run(['credentials', 'set', 'scaleway', '--from-env'], {env: keys});
    expect(stored).toMatchObject({exitCode: 0});
    expect(stored.stdout).toBe('Stored: scaleway credentials SCWFAKE..., version 1, in use now.\n');
    expect((await run(['credentials', 'list'])).stdout).toContain('stored by the organization (version 1)');
    const again = await run(['credentials', 'set', 'scaleway', '--from-env'], {env: keys});
    expect(again.exitCode).toBe(5);
    expect(again.stderr).toContain('inventiv credentials rotate scaleway');
    const doctor = await run(['doctor'], {env: {INVENTIV_PROVIDER: 'scaleway', COLUMNS: '200'}});
    expect(doctor.stdout).toContain('scaleway uses SCWFAKE..., stored by the organization (version 1)');
  });

  it('tests them without the environment', async () => {
    const tested = await run(['credentials', 'test', 'scaleway']);
    expect(tested.exitCode).toBe(0);
    expect(tested.stdout).toContain('The key does what is needed.');
    fake.world.faults.add({kind: 'permissions_denied', path: '/block/', action: 'read', resource: 'volume'});
    const lacking = await run(['credentials', 'test', 'scaleway']);
    expect(lacking.exitCode).toBe(4);
    expect(lacking.stdout).toContain('BlockStorageFullAccess');
  });

  it('reads the catalogue and shows it within 80 columns', async () => {
    expect((await run(['catalog', 'sync'])).stdout).toMatch(/^Read from scaleway: \d+ GPU types in \d+ zones/);
    for (const view of ['types', 'zones', 'prices']) {
      const {exitCode, stdout} = await run(['catalog', view], {env: {COLUMNS: '80'}});
      expect(exitCode).toBe(0);
      expect(Math.max(...stdout.split('\n').map(line => line.length)), view).toBeLessThanOrEqual(80);
    }
    const {types, syncedAt} = JSON.parse((await run(['catalog', 'types', '--json'])).stdout);
    expect(syncedAt).not.toBeNull();
    expect(types).toContainEqual(
      expect.objectContaining({name: 'L4-1-24G', gpuModel: 'L4', pricePerHourNanos: expect.any(Number)}),
    );
  });

  it('plans, and starts nothing by it', async () => {
    const plan = await run(['plan', '--provider', 'scaleway', '--model', model]);
    expect(plan.exitCode).toBe(0);
    expect(plan.stdout).toMatch(/scaleway .* L4-1-24G/);
    expect(JSON.parse((await run(['ps', '--json'])).stdout)).toEqual([]);
  });

  it('rotates from a pipe, keeps the old key when the new one is refused, goes back, removes', async () => {
    const lines = (secret: string) =>
      `SCW_ACCESS_KEY=${DEFAULT_ACCESS_KEY}\nSCW_SECRET_KEY=${secret}\nSCW_DEFAULT_PROJECT_ID=${DEFAULT_PROJECT}\n`;
    const rotate = ['credentials', 'rotate', 'scaleway'];
    const refused = await run(rotate, {stdin: lines('99999999-2222-4333-8444-555555555555')});
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).not.toContain('99999999');
    expect((await run(rotate, {stdin: lines(DEFAULT_TOKEN)})).stdout).toContain('version 2');
    expect((await run(['credentials', 'rollback', 'scaleway'])).stdout).toContain('version 1');
    expect((await run(['credentials', 'remove', 'scaleway'])).exitCode).toBe(2);
    expect((await run(['credentials', 'remove', 'scaleway', '--yes'])).stdout).toContain('2 versions');
  });

  it('never wrote or said a key', () => {
    const files = readdirSync(installation.stateDir, {recursive: true, withFileTypes: true})
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name));
    expect(files.some(file => file.endsWith('inventiv.db'))).toBe(true);
    for (const file of files) expect(readFileSync(file, 'latin1'), file).not.toContain(DEFAULT_TOKEN);
    expect(said.join('\n')).not.toContain(DEFAULT_TOKEN);
    expect(said.join('\n')).not.toContain(DEFAULT_ACCESS_KEY);
  });
});
