import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {createHostProvider} from '../../src/adapters/providers/host/provider.ts';
import {createLocalClient} from '../../src/api/local-client.ts';
import {driveInstance} from '../../src/app/drive-instance/drive.ts';
import {InventivError} from '../../src/core/errors.ts';
import type {ShellTarget} from '../../src/ports/shell.ts';
import {lookLines} from '../support/hosts.ts';
import {TestApp, testModel} from '../support/test-app.ts';

/** The application with the host provider beside the fake cloud; its machines print what the test says. */
class HostApp {
  readonly targets: ShellTarget[] = [];
  readonly scripts: string[] = [];
  look = lookLines();
  refusal: InventivError | null = null;
  readonly app: TestApp;
  readonly tools: TestApp['tools'];
  readonly client: TestApp['client'];

  constructor(app: TestApp) {
    this.app = app;
    const shell = {
      isReachable: async () => this.refusal === null,
      open: async (target: ShellTarget) => {
        this.targets.push(target);
        if (this.refusal !== null) throw this.refusal;
        return {
          run: async ({script, onLine}: {script: string; onLine?: (line: string) => void}) => {
            this.scripts.push(/^echo "::phase::([a-z-]+)"$/m.exec(script)?.[1] ?? 'look');
            if (script.includes('nvidia-smi')) for (const line of this.look) onLine?.(line);
            return {exitCode: 0, outputTail: [], durationMs: 1};
          },
          writeFile: async () => {},
          [Symbol.asyncDispose]: async () => {},
        };
      },
    };
    const {tools, caller} = app;
    const provider = createHostProvider({hosts: app.store.hosts, scope: caller.scope, shell, ids: tools.ids});
    this.tools = {...tools, providers: ['host'], providerFor: () => provider, shellFor: () => shell};
    this.client = createLocalClient({tools: this.tools, caller});
  }

  async add(ssh = 'ubuntu@203.0.113.7:2222', name?: string) {
    const {key} = await this.client.hosts.look({ssh});
    const {type, base64} = key;
    return this.client.hosts.add({ssh, key: {type, base64}, ...(name === undefined ? {} : {name})});
  }

  drive(instanceId: string) {
    return this.app.run(driveInstance(this.tools, instanceId, new AbortController().signal));
  }
}

describe('hosts', () => {
  let app: TestApp;
  let bench: HostApp;
  beforeEach(async () => {
    app = await TestApp.open();
    bench = new HostApp(app);
  });
  afterEach(() => app[Symbol.asyncDispose]());

  it('show their key before anybody logs in, and whose they are', async () => {
    expect(await bench.client.hosts.look({ssh: 'ubuntu@203.0.113.7:2222'})).toMatchObject({
      user: 'ubuntu',
      address: '203.0.113.7',
      port: 2222,
      key: {fingerprint: 'ssh-ed25519 SHA256:203.0.113.7'},
      pinnedFingerprint: null,
      known: null,
      publicKey: expect.stringContaining('ssh-ed25519'),
    });
    expect(bench.targets).toEqual([]);
    await bench.add();
    expect(await bench.client.hosts.look({ssh: '203.0.113.7:2222'})).toMatchObject({
      known: '203-0-113-7',
      user: 'root',
    });
  });

  it('are kept with what was found on them, under the key that was trusted', async () => {
    const host = await bench.add();
    expect(host).toMatchObject({
      name: '203-0-113-7',
      fingerprint: 'ssh-ed25519 SHA256:203.0.113.7',
      gpus: [{name: 'NVIDIA L4', memoryMib: 23_034}],
      takenBy: null,
    });
    expect(bench.targets[0]?.address).toMatchObject({sshUser: 'ubuntu', hostName: '203-0-113-7', sshPort: 2222});
    expect(await bench.client.hosts.list({})).toEqual([host]);
    expect((await app.store.audit.list(app.caller.scope, {limit: 5})).map(({action}) => action)).toContain('hosts.add');
  });

  it.each([
    ['refuses the login', new InventivError('provider_auth', 'no', {detailCode: 'ssh_auth_failed'})],
    ['wants a password for sudo', new InventivError('provider_auth', 'no', {detailCode: 'ssh_sudo_refused'})],
    ['does not answer', new InventivError('provider_unavailable', 'no', {retryable: true})],
  ])('are not kept, nor is their key, when the machine %s', async (_what, refusal) => {
    bench.refusal = refusal;
    await expect(bench.add()).rejects.toMatchObject({code: refusal.code, message: 'no'});
    expect(await bench.client.hosts.list({})).toEqual([]);
    expect(app.hostKeys.pins.size).toBe(0);
  });

  it('are known by address: a second one there is refused, and the pin of the first stays', async () => {
    await bench.add();
    await expect(bench.add('root@203.0.113.7:2222', 'other')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('203-0-113-7'),
    });
    expect(app.hostKeys.pins.size).toBe(1);
    await expect(bench.add('root@203.0.113.9', '203-0-113-7')).rejects.toMatchObject({code: 'conflict'});
    expect(app.hostKeys.pins.size).toBe(1);
  });

  it('are looked at again, and trusted anew when that is asked', async () => {
    await bench.add();
    bench.look = lookLines({gpus: 2});
    expect((await bench.client.hosts.check({host: '203-0-113-7'})).gpus).toHaveLength(2);
    app.hostKeys.shown.set('203.0.113.7', 'new');
    const {key} = await bench.client.hosts.look({ssh: '203.0.113.7:2222'});
    const checked = await bench.client.hosts.check({
      host: '203-0-113-7',
      key: {type: key.type, base64: key.base64},
    });
    expect(checked.fingerprint).toBe('ssh-ed25519 SHA256:new');
    await expect(bench.client.hosts.check({host: '203-0-113-8'})).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('203-0-113-7'),
    });
  });

  it('take one instance, which installs, becomes ready, and is taken off again before the machine is given back', async () => {
    const host = await bench.add('root@203.0.113.7', 'box');
    const [created] = await bench.client.instances.create({
      model: testModel,
      provider: 'host',
      type: 'box',
      name: 'one',
      engineCommand: ['my-vllm'],
      onFailure: 'keep',
    });
    expect(created).toMatchObject({type: 'box', zone: 'host', pricePerHourNanos: 0});
    const id = created?.id ?? '';
    app.machine.engineStartedAtMs = app.clock.nowMs();
    const file = JSON.stringify({expected_model_id: testModel});
    app.machine.files.set('agent/config.json', {content: file, mode: 0o600});
    const ready = await bench.drive(id);
    expect(ready).toMatchObject({
      state: 'ready',
      spec: {runtime: 'native'},
      endpoint: {openaiUrl: 'http://203.0.113.7:8000'},
    });
    expect((await bench.client.hosts.list({}))[0]?.takenBy).toBe('one');
    expect(await bench.client.instances.login({instance: 'one'})).toMatchObject({
      user: 'root',
      host: '203.0.113.7',
      port: 22,
      hostKey: {fingerprint: 'ssh-ed25519 SHA256:203.0.113.7'},
    });
    await app.hostKeys.forget({address: '203.0.113.7', port: 22});
    await expect(bench.client.instances.login({instance: 'one'})).rejects.toMatchObject({
      detailCode: 'ssh_host_key_unknown',
    });
    await app.hostKeys.pin(
      {address: '203.0.113.7', port: 22},
      await app.hostKeys.read({address: '203.0.113.7', port: 22}),
    );

    const narrowed = {model: testModel, provider: 'host', type: 'box', sourceRanges: ['203.0.113.7']} as const;
    await expect(bench.client.instances.plan({...narrowed, sourceRanges: ['203.0.113.7']})).rejects.toMatchObject({
      code: 'invalid_input',
      hint: expect.stringContaining('--allow-from'),
    });
    const second = bench.client.instances.create({model: testModel, provider: 'host', type: 'box', name: 'two'});
    await expect(second).rejects.toMatchObject({code: 'no_capacity', hint: expect.stringContaining('hosts list')});
    await expect(bench.client.hosts.remove({host: 'box'})).rejects.toMatchObject({code: 'conflict'});

    bench.scripts.length = 0;
    await bench.client.instances.terminate({instances: [id]});
    expect((await bench.drive(id)).state).toBe('terminated');
    expect(bench.scripts).toEqual(['uninstall']);
    const types = (await bench.client.instances.actions({instance: id})).map(({type}) => type);
    expect(types.indexOf('WORKER_UNINSTALL')).toBeLessThan(types.indexOf('PROVIDER_STOP'));
    expect((await bench.client.hosts.list({}))[0]?.takenBy).toBeNull();
    expect(await bench.client.hosts.remove({host: host.id})).toEqual({name: 'box'});
    expect(app.hostKeys.pins.size).toBe(0);
    await expect(bench.client.instances.login({instance: 'one'})).rejects.toMatchObject({code: 'not_found'});
  });

  it('that cannot be reached any more keep an instance until they are given up for good', async () => {
    await bench.add('root@203.0.113.7', 'box');
    const [created] = await bench.client.instances.create({
      model: testModel,
      provider: 'host',
      type: 'box',
      engineCommand: ['x'],
      onFailure: 'keep',
    });
    const id = created?.id ?? '';
    app.machine.engineStartedAtMs = app.clock.nowMs();
    app.machine.files.set('agent/config.json', {content: JSON.stringify({expected_model_id: testModel}), mode: 0o600});
    await bench.drive(id);
    bench.refusal = new InventivError('provider_unavailable', 'ECONNREFUSED', {retryable: true});
    await bench.client.instances.terminate({instances: [id]});
    const driving = bench.drive(id);
    await app.run(app.clock.sleep(30_000, new AbortController().signal));
    const stuck = await bench.client.instances.actions({instance: id});
    expect(stuck.at(-1)).toMatchObject({
      type: 'WORKER_UNINSTALL',
      status: 'in_progress',
      metadata: {lastError: 'ECONNREFUSED'},
    });

    await bench.client.hosts.remove({host: 'box', force: true});
    expect((await app.run(driving)).state).toBe('terminated');
  });

  it('that never let anybody in are left alone by the rollback', async () => {
    await bench.add('root@203.0.113.7', 'box');
    const [created] = await bench.client.instances.create({
      model: testModel,
      provider: 'host',
      type: 'box',
      engineCommand: ['x'],
    });
    bench.refusal = new InventivError('provider_auth', 'refused', {detailCode: 'ssh_auth_failed'});
    const ended = await bench.drive(created?.id ?? '');
    expect(ended).toMatchObject({state: 'terminated', failure: {code: 'ssh_auth_failed'}});
    expect((await bench.client.hosts.list({}))[0]?.takenBy).toBeNull();
  });

  it('are logged in to by people, which machines of the mock are not', async () => {
    const {name} = await app.makeReady();
    await expect(app.client.instances.login({instance: name})).rejects.toMatchObject({
      code: 'invalid_input',
      hint: expect.stringContaining('inventiv logs'),
    });
    await expect(app.clientAs({role: 'user'}).instances.login({instance: name})).rejects.toMatchObject({
      code: 'not_allowed',
    });
  });

  it('are needed: without one, the way to the first is told', async () => {
    await expect(bench.client.instances.plan({model: testModel, provider: 'host'})).rejects.toMatchObject({
      code: 'invalid_input',
      hint: expect.stringContaining('hosts add'),
    });
  });

  it('are no catalogue for others, and not open to a plain user', async () => {
    await bench.add('root@203.0.113.7', 'box');
    await bench.client.instances.plan({model: testModel, provider: 'host'});
    expect(await app.store.catalog.read('host')).toBeNull();
    const user = createLocalClient({tools: bench.tools, caller: {...app.caller, role: 'user'}});
    expect(await user.hosts.list({})).toHaveLength(1);
    await expect(user.hosts.look({ssh: 'root@x'})).rejects.toMatchObject({code: 'not_allowed'});
    await expect(user.hosts.remove({host: 'box'})).rejects.toMatchObject({code: 'not_allowed'});
  });
});
