import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {readOrCreateInstallationKey, readSshKeys} from '../../src/adapters/ssh/keys.ts';
import {createSshShellOpener} from '../../src/adapters/ssh/opener.ts';
import {systemClock} from '../../src/adapters/system/system-clock.ts';
import type {App} from '../../src/compose/app.ts';
import type {ShellOpener} from '../../src/ports/shell.ts';
import {inventory} from '../support/fake-scaleway/inventory.ts';
import {type FakeScaleway, startFakeScaleway} from '../support/fake-scaleway/start-fake-scaleway.ts';
import {DEFAULT_PROJECT} from '../support/fake-scaleway/world.ts';
import {hasPart} from '../support/parts.ts';
import {callSequence} from '../support/scaleway/call-templates.ts';
import {fastClock, fastCloudClock} from '../support/scaleway/fast-clock.ts';
import {openDrillApp, scalewayModel, scalewayType, scalewayZone} from '../support/scaleway/open-drill-app.ts';
import {downSequence, upSequence} from '../support/scaleway/validated-sequence.ts';
import {startVm, type Vm} from '../support/vm/vm.ts';

const time = {sinceMs: Date.now(), speed: 20};

describe.skipIf(!hasPart('machines'))('up on Scaleway, with a machine behind the server', () => {
  let directory: string;
  let fake: FakeScaleway;
  let shell: ShellOpener & AsyncDisposable;
  let app: App;
  const machines: Vm[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'inventiv-scaleway-up-'));
    fake = await startFakeScaleway({
      seed: 'up',
      clock: fastCloudClock(time),
      sshKey: false,
      startMachine: async ({authorizedKeys}) => {
        const vm = await startVm({authorizedKeys});
        machines.push(vm);
        return {address: vm.address, stop: () => vm[Symbol.asyncDispose]()};
      },
    });
    const keyPath = join(directory, 'id_ed25519');
    const [type, publicKey] = (await readOrCreateInstallationKey(keyPath)).split(' ');
    addKey(fake, `${type} ${publicKey}`);
    shell = createSshShellOpener({
      knownHostsPath: join(directory, 'known_hosts'),
      keys: () => readSshKeys({files: [], installationKeyPath: keyPath, agentSocket: null}),
      user: 'root',
      root: '/opt/inventiv',
      connectTimeoutMs: 10_000,
      keepAliveMs: 5000,
      clock: systemClock(),
    });
    const stateDir = join(directory, 'state');
    app = await openDrillApp({stateDir, apiUrl: fake.url, clock: fastClock(time), shell});
  });

  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    await shell?.[Symbol.asyncDispose]();
    await fake?.close();
    rmSync(directory, {recursive: true, force: true});
  });

  it('makes exactly the validated calls, logs in by SSH and installs the worker; down leaves nothing', async () => {
    const {client} = app;
    const [created] = await client.instances.create({
      model: scalewayModel,
      provider: 'scaleway',
      type: scalewayType,
      zone: scalewayZone,
      name: 'llama',
    });
    const planned = callSequence(fake.world.journal.entries());
    expect(new Set(planned)).toEqual(new Set(upSequence.slice(0, 2)));
    fake.world.journal.clear();

    const percents = new Set<number>();
    for await (const {instance} of await client.instances.drive({instances: [created?.id ?? '']})) {
      percents.add(instance.progressPercent);
    }
    expect((await client.instances.show({instance: 'llama'})).instance).toMatchObject({state: 'ready', failure: null});
    expect(callSequence(fake.world.journal.entries())).toEqual(upSequence);
    expect([...percents]).toEqual([5, 20, 25, 30, 40, 45, 50, 60, 70, 80, 90, 95, 100]);
    const {instance} = await app.store.instances.load(created?.id ?? '').then(file => file ?? Promise.reject(file));
    expect(instance.endpoint).toEqual({
      openaiUrl: `https://${machines[0]?.address}:8000`,
      agentUrl: `https://${machines[0]?.address}:8080`,
      tlsFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await machines[0]?.exec('docker ps --format {{.Names}}')).toBe('inventiv-engine-0\n');
    expect(inventory(fake.world).servers).toMatchObject([{type: scalewayType, state: 'running'}]);
    expect(inventory(fake.world).blockVolumes).toMatchObject([{sizeBytes: 200_000_000_000}]);

    fake.world.journal.clear();
    await client.instances.terminate({instances: ['llama']});
    for await (const _ of await client.instances.drive({instances: ['llama']})) {
      // The end is what counts.
    }
    expect((await client.instances.show({instance: 'llama'})).instance.state).toBe('terminated');
    expect(callSequence(fake.world.journal.entries())).toEqual(downSequence);
    expect(inventory(fake.world)).toMatchObject({empty: true});
  }, 60_000);
});

function addKey({world}: FakeScaleway, publicKey: string): void {
  const now = world.clock.nowMs();
  const owner = {organization: DEFAULT_PROJECT, project: DEFAULT_PROJECT};
  const key = {id: world.makeId(), name: 'inventiv', publicKey, fingerprint: 'x', disabled: false, ...owner};
  world.sshKeys.set(key.id, {...key, createdAtMs: now, updatedAtMs: now});
}
