import {describe, expect, it} from 'vitest';
import {InventivError} from '../../../src/core/errors.ts';
import {backOffMs, stepAttemptsMax} from '../../../src/core/instance/step-limits.ts';
import type {CloudProvider} from '../../../src/ports/provider.ts';
import {TestApp} from '../../support/test-app.ts';

const unavailable = new InventivError('provider_unavailable', 'HTTP 503.', {
  retryable: true,
  detailCode: 'server_error',
});
const denied = new InventivError('provider_auth', 'HTTP 403.', {detailCode: 'permissions_denied'});

describe('a step that fails with something that may pass', () => {
  it('is tried again with growing pauses until it succeeds', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('powerOn', unavailable, {times: 4});
    const ready = await app.makeReady();
    expect(ready.state).toBe('ready');
    const times = app.cloud.calls.filter(call => call.method === 'powerOn').map(call => call.atMs);
    const pauses = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(pauses).toHaveLength(4);
    for (const [index, pauseMs] of pauses.entries()) {
      expect(pauseMs).toBeGreaterThanOrEqual(0.75 * backOffMs(index + 1));
      expect(pauseMs).toBeLessThanOrEqual(1.25 * backOffMs(index + 1) + 1);
    }

    const {actions} = await app.client.instances.show({instance: ready.id});
    expect(actions.filter(action => action.type === 'PROVIDER_START')).toMatchObject([
      {status: 'success', attempts: 5},
    ]);
  });

  it('is given up after a bounded number of tries, with the last error as the reason', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('powerOn', unavailable, {times: 1000});
    const gone = await app.drive((await app.request()).id);
    expect(app.cloud.count('powerOn')).toBe(stepAttemptsMax);
    expect(gone).toMatchObject({state: 'terminated', failure: {code: 'server_error', message: 'HTTP 503.'}});
    expect(app.cloud.alive).toEqual([]);
  });

  it('fails at once with what will not pass', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('powerOn', denied);
    await app.drive((await app.request()).id);
    expect(app.cloud.count('powerOn')).toBe(1);
  });
});

describe('teardown', () => {
  const calls: readonly (keyof CloudProvider)[] = [
    'readServer',
    'terminateServer',
    'deleteVolume',
    'readVolume',
    'deleteIp',
    'deleteSecurityGroup',
  ];

  it.each(calls)('is never given up, whatever %s answers and however often', async method => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    await app.client.instances.terminate({instances: [id]});
    if (method === 'name') return;
    app.cloud.fail(method, denied, {times: 2 * stepAttemptsMax});
    app.cloud.fail(method, unavailable, {times: 2 * stepAttemptsMax});
    expect((await app.drive(id)).state).toBe('terminated');
    expect(app.cloud.alive).toEqual([]);
    const {resources} = await app.client.instances.show({instance: id});
    expect(resources.filter(resource => resource.status !== 'deleted')).toEqual([]);
  });

  it('waits for an interrupted create to settle before it believes that there is nothing', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    app.cloud.fail('ensureServer', unavailable);
    const stop = new AbortController();
    app.cloud.onCall = method => {
      if (method === 'ensureServer') stop.abort();
    };
    await app.drive(id, stop.signal);
    app.cloud.onCall = () => undefined;
    const sentAtMs = app.clock.nowMs();
    await app.client.instances.terminate({instances: [id]});
    const gone = await app.drive(id);
    expect(gone.state).toBe('terminated');
    expect(app.clock.nowMs() - sentAtMs).toBeGreaterThanOrEqual(5000);
    expect(app.cloud.count('findServerByName')).toBeGreaterThan(1);
    expect(app.cloud.alive).toEqual([]);
  });

  it('spends no provider call on an instance that never got that far', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    await app.client.instances.terminate({instances: [id]});
    const before = app.cloud.calls.length;
    expect((await app.drive(id)).state).toBe('terminated');
    expect(app.cloud.calls.length).toBe(before);
  });

  it('ends a machine that is just starting, once it can be ended', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    const stop = new AbortController();
    app.cloud.onCall = method => {
      if (method === 'readServer') stop.abort();
    };
    await app.drive(id, stop.signal);
    app.cloud.onCall = () => undefined;
    await app.client.instances.terminate({instances: [id]});
    expect((await app.drive(id)).state).toBe('terminated');
    expect(app.cloud.count('terminateServer')).toBeGreaterThan(1);
    expect(app.cloud.alive).toEqual([]);
  });
});
