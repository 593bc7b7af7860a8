import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {CreateRequest} from '../../../src/api/contract/instances.ts';
import type {App} from '../../../src/compose/app.ts';
import {asInventivError, errorCatalogue} from '../../../src/core/errors.ts';
import {settle} from '../../crash-matrix/settle.ts';
import {ControllableClock} from '../../support/fake-scaleway/clock.ts';
import {inventory} from '../../support/fake-scaleway/inventory.ts';
import {type FakeScaleway, startFakeScaleway} from '../../support/fake-scaleway/start-fake-scaleway.ts';
import {holdForRequests, JumpClock} from '../../support/scaleway/jump-clock.ts';
import {openDrillApp, scalewayModel, scalewayType, scalewayZone} from '../../support/scaleway/open-drill-app.ts';
import {sellFewTypes} from '../../support/scaleway/sell-few-types.ts';

let directory: string;
let fake: FakeScaleway;
let app: App;
let letGo: () => void;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'inventiv-bad-input-'));
  const startAtMs = Date.now();
  fake = await startFakeScaleway({clock: new ControllableClock({speed: 0, startAtMs})});
  sellFewTypes(fake.world);
  const clock = new JumpClock(startAtMs, byMs => fake.world.clock.advance(byMs));
  letGo = holdForRequests(clock, fake.url);
  app = await openDrillApp({stateDir: directory, apiUrl: fake.url, clock});
});
afterEach(async () => {
  await app[Symbol.asyncDispose]();
  letGo();
  await fake.close();
  rmSync(directory, {recursive: true, force: true, maxRetries: 3});
});

/** What the user is told, with which exit status: refused at once, or after everything was removed. */
async function outcomeOf(wish: Partial<CreateRequest> = {}) {
  const {client} = app;
  try {
    const [created] = await client.instances.create({
      model: scalewayModel,
      provider: 'scaleway',
      type: scalewayType,
      zone: scalewayZone,
      ...wish,
    });
    const {state, failure} = await settle(client, created?.id ?? '');
    const code = Object.keys(errorCatalogue).find(name => name === failure?.errorCode) as keyof typeof errorCatalogue;
    return {
      state,
      exit: failure === null ? 0 : errorCatalogue[code].exit,
      told: `${failure?.message} ${failure?.hint}`,
    };
  } catch (thrown) {
    const {code, message, hint} = asInventivError(thrown);
    return {state: 'refused', exit: errorCatalogue[code].exit, told: `${message} ${hint}`};
  }
}

function fault(body: Parameters<FakeScaleway['world']['faults']['add']>[0]): void {
  const added = fake.world.faults.add(body);
  if (typeof added === 'string') throw new Error(added);
}

const keys = '/ssh-keys';
const servers = {method: 'POST', path: '/servers$'};

describe('what is wrong with the account or the request', () => {
  it.each([
    [
      'a key that does not exist',
      {kind: 'denied_authentication', times: null},
      'refused',
      4,
      /does not exist.*API keys/s,
    ],
    [
      'a key that has expired',
      {kind: 'denied_authentication', reason: 'expired', times: null},
      'refused',
      4,
      /expired.*new key/s,
    ],
    [
      'a key that may not create',
      {kind: 'permissions_denied', ...servers},
      'terminated',
      4,
      /may not create server.*InstancesFullAccess/s,
    ],
    [
      'a key that may not grow disks',
      {kind: 'permissions_denied', method: 'PATCH', path: '/block/'},
      'terminated',
      4,
      /BlockStorageFullAccess/,
    ],
    ['a key that may not see SSH keys', {kind: 'permissions_denied', path: keys}, 'terminated', 4, /SSHKeysReadOnly/],
    [
      'a project that does not exist',
      {kind: 'not_found', resource: 'project_id', ...servers},
      'terminated',
      2,
      /knows no project.*SCW_DEFAULT_PROJECT_ID/s,
    ],
    [
      'an image that is gone at every try',
      {kind: 'not_found', resource: 'instance_image', ...servers, times: 9},
      'terminated',
      3,
      /instance_image/,
    ],
    [
      'a quota that is used up',
      {kind: 'quotas_exceeded', resource: 'cp_servers_type_L4_1_24G', ...servers, times: 9},
      'terminated',
      6,
      /cp_servers_type_L4_1_24G.*Quotas/s,
    ],
    ['a storm of 429', {kind: 'rate_limited', path: '/instance/', times: null}, 'refused', 1, /rate of calls.*again/s],
    ['answers that are no JSON', {kind: 'malformed_json', path: '/products/', times: null}, 'refused', 1, /again/],
  ] as const)('%s is told, and leaves nothing', async (_, body, state, exit, told) => {
    fault({...body});
    expect(await outcomeOf()).toEqual({state, exit, told: expect.stringMatching(told)});
    fake.world.faults.clear();
    expect(inventory(fake.world)).toMatchObject({empty: true});
  });

  it.each([
    ['a type that does not exist', {type: 'L4-1-24'}, 3, /no instance type.*L4-1-24G/s],
    ['a zone that does not exist', {zone: 'fr-par-9'}, 3, /no GPU in zone.*fr-par/s],
    [
      'a type that the zone does not sell',
      {type: 'L40S-1-48G', zone: 'fr-par-1'},
      2,
      /not sold in fr-par-1.*fr-par-2/s,
    ],
    ['a disk that is too small for the model', {diskGb: 20}, 2, /disk|GB/],
  ] as const)('%s is refused before anything is asked for', async (_, wish, exit, told) => {
    expect(await outcomeOf(wish)).toEqual({state: 'refused', exit, told: expect.stringMatching(told)});
    expect(fake.world.journal.entries().filter(({method}) => method !== 'GET')).toEqual([]);
  });

  it('no SSH key in the project ends the start before a server is made', async () => {
    fake.world.sshKeys.clear();
    expect(await outcomeOf()).toMatchObject({
      state: 'terminated',
      exit: 2,
      told: expect.stringMatching(/no enabled SSH key.*ssh-key create/s),
    });
    expect(fake.world.journal.entries().filter(({method}) => method !== 'GET')).toEqual([]);
  });
});

describe('what somebody does by hand in the console', () => {
  async function makeReady(): Promise<string> {
    const [created] = await app.client.instances.create({
      model: scalewayModel,
      provider: 'scaleway',
      type: scalewayType,
    });
    const {id, state} = await settle(app.client, created?.id ?? '');
    expect(state).toBe('ready');
    return id;
  }
  async function takeDown(id: string): Promise<void> {
    await app.client.instances.terminate({instances: [id]});
    expect((await settle(app.client, id)).state).toBe('terminated');
  }

  it('a server that was renamed is taken down all the same', async () => {
    const id = await makeReady();
    for (const server of fake.world.servers.values()) server.name = 'renamed';
    await takeDown(id);
    expect(inventory(fake.world)).toMatchObject({empty: true});
  });

  it('a server that was deleted leaves its disk and group to be removed', async () => {
    const id = await makeReady();
    const [server] = fake.world.servers.keys();
    const response = await fetch(`${fake.url}/control/vanish`, {method: 'POST', body: JSON.stringify({server})});
    expect(response.ok).toBe(true);
    await takeDown(id);
    expect(inventory(fake.world)).toMatchObject({empty: true});
  });

  it('a root volume that hangs on another server is not torn off it, and is deleted when it is free', async () => {
    const id = await makeReady();
    const [volume] = fake.world.blockVolumes.values();
    if (volume === undefined) throw new Error('expected a volume');
    const [reference] = volume.references;
    if (reference === undefined) throw new Error('expected a reference');
    // As if it had been moved over: the server goes, the reference to the other one stays.
    for (const server of fake.world.servers.values()) server.volumes.clear();
    volume.references = [{...reference, productId: '00000000-0000-4000-8000-000000000001'}];
    await app.client.instances.terminate({instances: [id]});
    const stop = new AbortController();
    const driving = (async () => {
      for await (const {instance} of await app.client.instances.drive({instances: [id]}, {signal: stop.signal})) {
        if (instance.activity?.includes('still attached')) stop.abort();
      }
    })();
    await driving.catch(() => undefined);
    expect(fake.world.blockVolumes.size).toBe(1);
    volume.references = [];
    volume.status = 'available';
    expect((await settle(app.client, id)).state).toBe('terminated');
    expect(inventory(fake.world)).toMatchObject({empty: true});
  });
});
