import {describe, expect, it} from 'vitest';
import {createHealthCheck} from '../../../src/app/health/check-health.ts';
import {minuteMs, secondMs} from '../../../src/core/time.ts';
import {healthTools} from '../../support/health-tools.ts';
import {TestApp} from '../../support/test-app.ts';

const signal = new AbortController().signal;

describe('health checks', () => {
  it('ask a worker without heartbeats at most every 20 seconds, and say how long that took', async () => {
    await using app = await TestApp.open();
    await app.makeReady();
    const check = createHealthCheck(healthTools(app));
    const made: number[] = [];
    for (let second = 0; second < 60; second += 5) {
      const {processed, failed, checks} = await app.run(check(signal));
      expect(failed).toBe(0);
      for (const {kind, isOk} of checks) expect([kind, isOk]).toEqual(['probe', true]);
      if (processed > 0) made.push(second);
      await app.clock.advance(5 * secondMs);
    }

    expect(made).toEqual([0, 20, 40]);
  });

  it('log a good instance every five minutes and a failing one every minute', async () => {
    await using app = await TestApp.open();
    const {name} = await app.makeReady();
    const logged: [string, number][] = [];
    const startMs = app.clock.nowMs();
    const write = (event: string, fields: Readonly<Record<string, string | number>>) => {
      expect(fields.instance).toBe(name);
      logged.push([event, Math.round((app.clock.nowMs() - startMs) / secondMs)]);
    };
    const check = createHealthCheck({...healthTools(app), log: {info: write, warn: write}});
    for (let second = 0; second < 16 * 60; second += 5) {
      if (second === 11 * 60) app.machine.neverHealthy = true;
      await app.run(check(signal));
      await app.clock.advance(5 * secondMs);
    }

    const times = (event: string) => logged.filter(([each]) => each === event).map(([, at]) => at);
    expect(times('health_check')).toEqual([0, 300, 600]);
    const failures = times('health_check_failed');
    expect(failures.length).toBeGreaterThanOrEqual(4);
    for (const [index, at] of failures.slice(1).entries()) {
      expect(at - (failures[index] ?? 0)).toBeGreaterThanOrEqual(60);
    }
  });

  it('change nothing when they are stopped in the middle', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    const check = createHealthCheck(healthTools(app));
    app.machine.neverHealthy = true;
    await app.clock.advance(10 * minuteMs);
    await app.run(check(AbortSignal.abort()));
    expect((await app.load(id)).state).toBe('ready');
    expect(await app.client.alerts.list({})).toEqual([]);
  });

  it('of two processes at once declare a worker dead once', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    app.machine.neverHealthy = true;
    await app.clock.advance(10 * minuteMs);
    const both = [createHealthCheck(healthTools(app)), createHealthCheck(healthTools(app))];
    await app.run(Promise.all(both.map(check => check(signal))));
    const history = await app.client.instances.history({instance: id});
    expect(history.filter(({to}) => to === 'worker_dead')).toHaveLength(1);
    expect(await app.client.alerts.list({})).toMatchObject([{kind: 'dead_worker', occurrences: 1}]);
  });

  it('resolve what was told of an instance that ends', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    app.machine.neverHealthy = true;
    await app.clock.advance(10 * minuteMs);
    const check = createHealthCheck(healthTools(app));
    await app.run(check(signal));
    await app.client.instances.terminate({instances: [id]});
    await app.drive(id);
    await app.run(check(signal));
    expect(await app.client.alerts.list({})).toEqual([]);
    expect(await app.client.alerts.list({includeResolved: true})).toMatchObject([
      {kind: 'dead_worker', resolution: 'the instance is not kept running any more'},
    ]);
  });

  it('leave an instance alone whose breaker is open, show why, and look after it again when told', async () => {
    await using app = await TestApp.open();
    const {id, name} = await app.makeReady();
    const check = createHealthCheck(healthTools(app, {breakerFailuresMax: 12}));
    app.machine.neverHealthy = true;
    for (let second = 0; second < 30 * 60; second += 30) {
      await app.run(check(signal));
      await app.clock.advance(30 * secondMs);
    }

    const reason = '12 checks in a row failed';
    const shown = await app.client.instances.show({instance: name});
    expect(shown.instance).toMatchObject({state: 'worker_dead', leftAlone: {reason}});
    expect((await app.run(check(signal))).processed).toBe(0);
    expect((await app.client.alerts.list({})).map(({kind}) => kind).toSorted()).toEqual([
      'breaker_open',
      'dead_worker',
    ]);

    app.machine.neverHealthy = false;
    expect((await app.client.instances.resetBreaker({instance: id})).leftAlone).toBeNull();
    await app.run(check(signal));
    expect((await app.load(id)).state).toBe('ready');
    expect(await app.client.alerts.list({})).toEqual([]);
  });

  it('show the agent that runs beside the one that was installed', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    const agentOf = async () => (await app.client.instances.show({instance: id})).agent;
    expect(await agentOf()).toEqual({version: '1.0.0', sha256: 'agent-sha', runs: null, matches: null});
    const check = createHealthCheck(healthTools(app));
    await app.run(check(signal));
    expect(await agentOf()).toMatchObject({runs: {sha256: 'agent-sha'}, matches: true});
    app.machine.info = {version: '6.6.6', sha256: 'foreign'};
    await app.clock.advance(minuteMs);
    await app.run(check(signal));
    expect(await agentOf()).toMatchObject({runs: {version: '6.6.6', sha256: 'foreign'}, matches: false});
    expect(await app.client.alerts.list({})).toMatchObject([{kind: 'agent_mismatch'}]);
  });

  it('close the breaker of one that somebody reinstalled', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    const check = createHealthCheck(healthTools(app));
    app.machine.neverHealthy = true;
    for (let minute = 0; minute < 7; minute++) {
      await app.run(check(signal));
      await app.clock.advance(minuteMs);
    }

    const breaker = {openedAtMs: app.clock.nowMs(), reason: 'too often'};
    await app.store.instances.record({instanceId: id, correlationId: 'c', fields: {breaker}});
    app.machine.neverHealthy = false;
    await app.client.instances.reinstall({instance: id});
    expect((await app.drive(id)).state).toBe('ready');
    await app.run(check(signal));
    expect((await app.load(id)).breaker).toBeNull();
  });
});
