import {describe, expect, it} from 'vitest';
import {driveInstance} from '../../../src/app/drive-instance/drive.ts';
import type {Instance} from '../../../src/core/instance/instance.ts';
import {secondMs} from '../../../src/core/time.ts';
import type {CloudProvider} from '../../../src/ports/provider.ts';
import {TestApp} from '../../support/test-app.ts';

const never = new AbortController().signal;
const other = 'host:2:200:other';
const leaseTtlMs = 15 * secondMs;

describe('the lease', () => {
  it('lets two drivers at once do each effect once', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    const drivers = [app.tools, {...app.tools, processes: app.processes(other)}].map(tools =>
      driveInstance(tools, id, never),
    );
    const ends = await app.run(Promise.all(drivers));
    expect(ends.map(({state}) => state)).toEqual(['ready', 'ready']);
    const once: readonly (keyof CloudProvider)[] = [
      'ensureSecurityGroup',
      'ensureServer',
      'growVolume',
      'powerOn',
      'confirmSecurityGroup',
    ];
    expect(once.map(method => app.cloud.calls.filter(call => call.method === method).length)).toEqual([1, 1, 1, 1, 1]);
    expect(app.machine.runs).toEqual(['preflight', 'engine', 'agent']);
  });

  it('is free again as soon as the drive ends', async () => {
    await using app = await TestApp.open();
    expect((await app.makeReady()).lease).toBeNull();
  });

  it('is kept while a step takes long', async () => {
    await using app = await TestApp.open();
    Object.assign(app.machine, {neverHealthy: true, probeMs: 5 * secondMs});
    const {id} = await app.request();
    const driving = driveInstance(app.tools, id, never);
    const holders = new Set<string | undefined>();
    const watching = (async () => {
      for (let instance = await app.load(id); instance.state !== 'terminated'; instance = await app.load(id)) {
        if (instance.state === 'starting') holders.add(ownerOf(instance, app));
        await app.clock.sleep(10 * secondMs);
      }
    })();
    await app.run(Promise.all([driving, watching]));
    expect([...holders]).toEqual([app.tools.processes.selfOwner]);
  });

  it('of a process that is known to be dead is taken at once', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    await app.store.instances.acquireLease(id, other, leaseTtlMs);
    app.dead.add(other);
    const startedMs = app.clock.nowMs();
    let firstCallMs = 0;
    app.cloud.onCall = () => {
      firstCallMs ||= app.clock.nowMs();
    };
    expect((await app.drive(id)).state).toBe('ready');
    expect(firstCallMs - startedMs).toBeLessThan(secondMs);
  });

  it('of a process nobody can see is respected until it runs out', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    await app.store.instances.acquireLease(id, other, leaseTtlMs);
    const startedMs = app.clock.nowMs();
    let firstCallMs = 0;
    app.cloud.onCall = () => {
      firstCallMs ||= app.clock.nowMs();
    };
    expect((await app.drive(id)).state).toBe('ready');
    expect(firstCallMs - startedMs).toBeGreaterThanOrEqual(leaseTtlMs);
  });

  it('that is lost ends the drive without a record; what was done is found by whoever goes on', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    const {instances} = app.store;
    app.cloud.onCall = async method => {
      if (method !== 'ensureServer' || app.cloud.count('ensureServer') > 1) return;
      await instances.releaseLease(id, app.tools.processes.selfOwner);
      await instances.acquireLease(id, other, leaseTtlMs);
    };
    expect((await app.drive(id)).state).toBe('ready');
    expect(app.cloud.servers.size).toBe(1);
    expect(app.cloud.volumes.size).toBe(1);
    expect(app.cloud.count('ensureServer')).toBe(2);
  });

  it('survives a clock that is set back', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    app.cloud.onCall = method => {
      if (method === 'ensureServer') app.clock.set(app.clock.nowMs() - 2 * leaseTtlMs);
    };
    expect((await app.drive(id)).state).toBe('ready');
    expect(app.cloud.count('ensureServer')).toBe(1);
  });

  it('is asked for nothing that does not exist', async () => {
    await using app = await TestApp.open();
    await expect(app.drive('ins_none')).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('inventiv ps'),
    });
  });

  it('is given back when the drive is told to stop, and nothing is lost', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    const stop = new AbortController();
    app.cloud.onCall = method => {
      if (method === 'powerOn') stop.abort();
    };
    const stopped = await app.drive(id, stop.signal);
    expect(stopped.state).toBe('provisioning');
    expect((await app.load(id)).lease).toBeNull();
    app.cloud.onCall = () => undefined;
    expect((await app.drive(id)).state).toBe('ready');
    expect(app.cloud.servers.size).toBe(1);
  });
});

describe('a wish that comes while somebody drives', () => {
  it.each(['ensureServer', 'growVolume', 'powerOn', 'confirmSecurityGroup'] as const)(
    'to take it down is carried out by that driver (during %s)',
    async method => {
      await using app = await TestApp.open();
      const {id} = await app.request();
      app.cloud.onCall = async called => {
        if (called === method && app.cloud.count(method) === 1) await app.client.instances.terminate({instances: [id]});
      };
      expect((await app.drive(id)).state).toBe('terminated');
      expect(app.cloud.alive).toEqual([]);
    },
  );

  it('to take it down ends what was under way in the timeline, so that nothing seems to go on for ever', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    app.cloud.onCall = async called => {
      if (called === 'powerOn' && app.cloud.count('powerOn') === 1)
        await app.client.instances.terminate({instances: [id]});
    };
    await app.drive(id);
    const drained = await app.makeReady();
    await app.client.instances.drain({instance: drained.id});
    const stop = new AbortController();
    const stopping = app.clock.sleep(10 * secondMs).then(() => stop.abort());
    await app.drive(drained.id, stop.signal);
    await stopping;
    await app.client.instances.terminate({instances: [drained.id]});
    await app.drive(drained.id);

    for (const instance of [id, drained.id]) {
      const {actions, instance: view} = await app.client.instances.show({instance});
      expect(actions.filter(action => action.status === 'in_progress')).toEqual([]);
      expect(view.activity).toBeNull();
    }

    const drain = (await app.client.instances.actions({instance: drained.id})).find(
      action => action.type === 'EXECUTE_DRAIN',
    );
    expect(drain).toMatchObject({status: 'failed', errorCode: 'SUPERSEDED'});
  });

  it('to take it down ends a wait for the engine at once', async () => {
    await using app = await TestApp.open();
    app.machine.neverHealthy = true;
    const {id, spec} = await app.request();
    const downAtMs = app.clock.nowMs() + 60 * secondMs;
    const asking = (async () => {
      await app.clock.sleep(60 * secondMs);
      await app.client.instances.terminate({instances: [id]});
    })();
    const [gone] = await Promise.all([app.drive(id), asking]);
    expect(gone).toMatchObject({state: 'terminated', failure: null});
    expect(gone.stateSinceMs - downAtMs).toBeLessThan(Math.min(30 * secondMs, spec.readyDeadlineMs));
  });
});

function ownerOf({lease}: Instance, app: TestApp): string | undefined {
  return lease !== null && lease.expiresAtMs > app.clock.nowMs() ? lease.owner : undefined;
}
