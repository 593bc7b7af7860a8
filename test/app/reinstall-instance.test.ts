import {describe, expect, it} from 'vitest';
import type {ProgressView} from '../../src/api/contract/instances.ts';
import {createHealthCheck} from '../../src/app/health/check-health.ts';
import {InventivError} from '../../src/core/errors.ts';
import {minuteMs} from '../../src/core/time.ts';
import {healthTools} from '../support/health-tools.ts';
import {TestApp} from '../support/test-app.ts';

const idle = (app: TestApp) => ({running: 0, waiting: 0, tokens: 0, sampledAtMs: app.clock.nowMs() + minuteMs});

describe('reinstalling', () => {
  it('drains a ready worker, stops what runs, installs it anew on the same machine and makes it ready', async () => {
    await using app = await TestApp.open();
    const before = await app.makeReady({name: 'one'});
    const created = app.cloud.count('ensureServer');
    app.machine.load = {running: 1, waiting: 0, tokens: 0, sampledAtMs: app.clock.nowMs() + minuteMs};
    app.machine.runs.length = 0;

    const asked = await app.client.instances.reinstall({instance: 'one'});
    expect(asked).toMatchObject({state: 'draining', progressPercent: 100});
    const driving = app.drive(before.id);
    await app.run(app.clock.sleep(5000, new AbortController().signal));
    expect((await app.load(before.id)).state).toBe('draining');
    expect(app.machine.runs).toEqual([]);

    app.machine.load = idle(app);
    const after = await app.run(driving);
    expect(after).toMatchObject({state: 'ready', failure: null, billedFromMs: before.billedFromMs});
    expect(app.machine.runs).toEqual(['stop', 'preflight', 'engine', 'agent']);
    expect(app.cloud.count('ensureServer')).toBe(created);
    expect((await app.client.instances.history({instance: 'one'})).map(change => change.to).slice(-4)).toEqual([
      'draining',
      'installing',
      'starting',
      'ready',
    ]);
  });

  it('with now, does not wait for the requests that run', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    app.machine.load = {running: 5, waiting: 5, tokens: 0, sampledAtMs: app.clock.nowMs() + minuteMs};
    expect(await app.client.instances.reinstall({instance: id, now: true})).toMatchObject({state: 'installing'});
    expect((await app.drive(id)).state).toBe('ready');
    const types = (await app.client.instances.actions({instance: id})).map(({type}) => type);
    expect(types).not.toContain('EXECUTE_DRAIN');
    expect(types.filter(type => type === 'EXECUTE_REINSTALL')).toHaveLength(1);
  });

  it('with now, ends the waiting of one that was asked for without', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    app.machine.load = {running: 1, waiting: 0, tokens: 0, sampledAtMs: app.clock.nowMs() + minuteMs};
    await app.client.instances.reinstall({instance: id});
    const driving = app.drive(id);
    await app.run(app.clock.sleep(5000, new AbortController().signal));
    await app.client.instances.reinstall({instance: id, now: true});
    expect((await app.run(driving)).state).toBe('ready');
  });

  it('is the same asked twice', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    for (const now of [false, false, true, true]) await app.client.instances.reinstall({instance: id, now});
    app.machine.load = idle(app);
    await app.drive(id);
    const types = (await app.client.instances.actions({instance: id})).map(({type}) => type);
    expect(types.filter(type => type === 'REQUEST_DRAIN')).toHaveLength(1);
    expect(types.filter(type => type === 'WORKER_SSH_INSTALL')).toHaveLength(2);
  });

  it('brings back a dead worker without a drain that nobody would answer', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    app.machine.engineDeath = {atMs: app.clock.nowMs(), log: ['killed']};
    for (let minute = 0; minute < 6; minute++) {
      await app.run(app.clock.sleep(minuteMs, new AbortController().signal));
      await createHealthCheck(healthTools(app))(new AbortController().signal);
    }

    expect((await app.load(id)).state).toBe('worker_dead');
    await app.client.instances.reinstall({instance: id});
    const after = await app.drive(id);
    expect(after).toMatchObject({state: 'ready', consecutiveFailures: 0});
    await createHealthCheck(healthTools(app))(new AbortController().signal);
    expect((await app.load(id)).state).toBe('ready');
  });

  it('goes on with a kept failed start from the machine on, and forgets the failure', async () => {
    await using app = await TestApp.open();
    app.machine.script('engine', {exitCode: 9, lines: ['::fail::ENGINE_MISSING no vllm here']});
    const failed = await app.makeReady({onFailure: 'keep'});
    expect(failed).toMatchObject({state: 'startup_failed', failure: {code: 'ENGINE_MISSING'}});
    await app.client.instances.reinstall({instance: failed.id});
    const after = await app.drive(failed.id);
    expect(after).toMatchObject({state: 'ready', failure: null});
    expect(app.cloud.count('ensureServer')).toBe(1);
  });

  it('tells progress from the machine on, and a time measured from the request', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    await app.run(app.clock.sleep(60 * minuteMs, new AbortController().signal));
    await app.client.instances.reinstall({instance: id, now: true});
    const told: ProgressView[] = [];
    const stream = await app.client.instances.drive({instances: [id]});
    await app.run(
      (async () => {
        for await (const progress of stream) told.push(progress);
      })(),
    );
    const percents = told
      .filter(({instance}) => instance.state !== 'ready')
      .map(({instance}) => instance.progressPercent);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents[0]).toBe(45);
    expect(told.at(-1)?.instance).toMatchObject({state: 'ready', progressPercent: 100});
    expect(told.find(({instance}) => instance.state === 'installing')?.etaMs).toBeGreaterThan(0);
  });

  it.each([
    ['provisioning', async (app: TestApp) => (await app.request()).id],
    [
      'terminating',
      async (app: TestApp) => {
        const {id} = await app.makeReady();
        await app.client.instances.terminate({instances: [id]});
        return id;
      },
    ],
    [
      'terminated',
      async (app: TestApp) => {
        const {id} = await app.makeReady();
        await app.client.instances.terminate({instances: [id]});
        await app.drive(id);
        return id;
      },
    ],
  ] as const)('is refused for one that is %s, and changes nothing', async (state, make) => {
    await using app = await TestApp.open();
    const id = await make(app);
    const before = await app.client.instances.actions({instance: id});
    await expect(app.client.instances.reinstall({instance: id})).rejects.toMatchObject({
      code: 'illegal_transition',
      hint: expect.any(String),
    });
    expect((await app.load(id)).state).toBe(state);
    expect(await app.client.instances.actions({instance: id})).toEqual(before);
  });

  it('can be taken down in the middle', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    await app.client.instances.reinstall({instance: id});
    await app.client.instances.terminate({instances: [id]});
    expect((await app.drive(id)).state).toBe('terminated');
    expect(app.cloud.alive).toEqual([]);
  });

  it('is not open to a plain user', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    const denied = app.clientAs({role: 'user'}).instances.reinstall({instance: id});
    await expect(denied).rejects.toMatchObject({code: 'not_allowed'});
    await expect(denied).rejects.toBeInstanceOf(InventivError);
  });
});
