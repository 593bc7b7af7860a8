import {describe, expect, it} from 'vitest';
import {TestApp, testModel} from '../../support/test-app.ts';

describe('driving an instance to ready', () => {
  it('passes every percentage in order and tells it while it happens', async () => {
    await using app = await TestApp.open();
    const instance = await app.request();
    const percentages: number[] = [];
    const watching = (async () => {
      for await (const {instance: view} of await app.client.instances.drive({instances: [instance.id]})) {
        if (percentages.at(-1) !== view.progressPercent) percentages.push(view.progressPercent);
      }
    })();
    await app.run(watching);
    expect(percentages).toEqual([5, 20, 25, 30, 40, 45, 50, 60, 70, 80, 90, 95, 100]);
  });

  it('writes down its states, its resources and where the worker is', async () => {
    await using app = await TestApp.open();
    const ready = await app.makeReady({name: 'one'});
    const {history, resources, instance} = await app.client.instances.show({instance: 'one'});
    expect(history.map(change => change.to)).toEqual(['provisioning', 'booting', 'installing', 'starting', 'ready']);
    expect(resources.map(({kind, status}) => `${kind} ${status}`).sort()).toEqual([
      'ip attached',
      'security_group attached',
      'server attached',
      'volume attached',
    ]);
    expect(instance).toMatchObject({
      state: 'ready',
      progressPercent: 100,
      openaiUrl: 'http://192.0.2.7:8000/v1',
      agentVersion: '1.0.0',
    });
    expect(ready.endpoint).toEqual({
      openaiUrl: 'http://192.0.2.7:8000',
      agentUrl: 'http://192.0.2.7:8080',
      tlsFingerprint: null,
    });
    expect(ready.readyAtMs).toBe(ready.stateSinceMs);
    expect(ready.lease).toBeNull();
  });

  it('grows the boot volume to what was planned, before the machine gets power', async () => {
    await using app = await TestApp.open();
    const ready = await app.makeReady();
    const [volume] = [...app.cloud.volumes.values()];
    expect(volume?.sizeBytes).toBe(ready.spec.diskGb * 1_000_000_000);
    const order = app.cloud.calls.map(call => call.method);
    expect(order.indexOf('growVolume')).toBeLessThan(order.indexOf('powerOn'));
  });

  it('bills from the power-on to the confirmed end', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    await app.client.instances.terminate({instances: [id]});
    const gone = await app.drive(id);
    expect(gone.state).toBe('terminated');
    const poweredOnAtMs = app.cloud.calls.find(call => call.method === 'powerOn')?.atMs;
    expect(gone.billedFromMs).toBe(poweredOnAtMs);
    expect(gone.billedUntilMs).toBe(gone.terminatedAtMs);
    expect(app.cloud.alive).toEqual([]);
    expect(gone.endpoint).toBeNull();
  });

  it('lets go of a disk that somebody attached by hand, and leaves it alone', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    const [server] = app.cloud.servers.values();
    const theirs = app.cloud.attachByHand(server?.providerId ?? '');
    await app.client.instances.terminate({instances: [id]});
    expect((await app.drive(id)).state).toBe('terminated');
    expect(app.cloud.alive).toEqual([`volume ${theirs}`]);
    const rows = await app.client.instances.resources({instance: id, includeDeleted: true});
    expect(rows.find(row => row.providerId === theirs)).toMatchObject({deleteOnTerminate: false, status: 'detached'});
  });

  it('gives the machine its worker key in a file for its eyes only, and keeps it sealed', async () => {
    await using app = await TestApp.open();
    const {workerKeySealed} = await app.makeReady();
    const key = app.machine.files.get('secrets/worker.key');
    expect(key?.mode).toBe(0o600);
    expect(key?.content).toMatch(/^inw-[\w-]{43}$/);
    expect(workerKeySealed).not.toContain(key?.content);
  });

  it('learns how long a model takes from the runs before', async () => {
    await using app = await TestApp.open();
    const first = await app.makeReady({name: 'one'});
    const tookMs = (first.readyAtMs ?? 0) - first.createdAtMs;
    const plan = await app.client.instances.plan({model: first.spec.modelHfId, provider: 'mock'});
    expect(plan.expectedReadyMs).toBe(tookMs);
  });

  it('tells what a start takes on its provider before the first', async () => {
    await using app = await TestApp.open();
    const plan = await app.client.instances.plan({model: testModel, provider: 'mock'});
    expect(plan.expectedReadyMs).toBe(app.cloud.typicalReadyMs);
  });
});
