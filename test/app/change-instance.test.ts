import {describe, expect, it} from 'vitest';
import {requestTermination} from '../../src/app/change-instance.ts';
import {secondMs} from '../../src/core/time.ts';
import {TestApp} from '../support/test-app.ts';

describe('finding an instance', () => {
  it('names the one that was nearly typed', async () => {
    await using app = await TestApp.open();
    await app.request({name: 'qwen-prod'});
    await expect(app.client.instances.show({instance: 'qwen-prd'})).rejects.toMatchObject({
      code: 'not_found',
      param: 'instance',
      hint: expect.stringContaining('qwen-prod'),
    });
  });

  it('does not repeat a very long id', async () => {
    await using app = await TestApp.open();
    const failed = await app.client.instances.show({instance: 'x'.repeat(256)}).catch((error: unknown) => error);
    expect(failed).toMatchObject({code: 'not_found', message: expect.not.stringContaining('x'.repeat(81))});
    await expect(app.client.instances.show({instance: 'x'.repeat(1_000_000)})).rejects.toMatchObject({
      code: 'invalid_input',
      param: 'instance',
    });
    await expect(app.client.instances.show({instance: ''})).rejects.toMatchObject({code: 'invalid_input'});
  });
});

describe('terminating', () => {
  it('changes nothing when one of several names is wrong', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request({name: 'one'});
    await expect(app.client.instances.terminate({instances: ['one', 'two']})).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await app.load(id)).state).toBe('provisioning');
  });

  it('is the same asked twice, and of the gone', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    await app.client.instances.terminate({instances: [id, id]});
    await app.client.instances.terminate({instances: [id]});
    await app.drive(id);
    const [gone] = await app.client.instances.terminate({instances: [id]});
    expect(gone?.state).toBe('terminated');
    const requests = (await app.client.instances.actions({instance: id})).filter(
      action => action.type === 'REQUEST_TERMINATE',
    );
    expect(requests).toHaveLength(1);
  });

  it('is asked of the state it finds when the instance moved meanwhile', async () => {
    await using app = await TestApp.open();
    const stale = await app.request();
    await app.drive(stale.id);
    const changed = await requestTermination(app.store.instances, stale, 'test', 'cor_test');
    expect(changed.state).toBe('terminating');
  });
});

describe('draining', () => {
  it('stops when the last request has ended, by samples younger than the drain, and leaves the machine', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    app.machine.load = {running: 0, waiting: 0, tokens: 0, sampledAtMs: app.clock.nowMs()};
    const drained = await app.client.instances.drain({instance: id});
    expect(drained.state).toBe('draining');
    const sinceMs = app.clock.nowMs();
    const busyUntilMs = sinceMs + 20 * secondMs;
    const sampling = (async () => {
      while (app.clock.nowMs() < sinceMs + 60 * secondMs) {
        await app.clock.sleep(500);
        const isBusy = app.clock.nowMs() < busyUntilMs;
        app.machine.load = {
          running: isBusy ? 2 : 0,
          waiting: isBusy ? 1 : 0,
          tokens: 0,
          sampledAtMs: app.clock.nowMs(),
        };
      }
    })();
    const after = await app.drive(id);
    expect(after.state).toBe('draining');
    const done = (await app.client.instances.actions({instance: id})).find(action => action.type === 'EXECUTE_DRAIN');
    expect(done?.status).toBe('success');
    expect(Date.parse(done?.finishedAt ?? '') - sinceMs).toBeGreaterThanOrEqual(20 * secondMs);
    expect(Date.parse(done?.finishedAt ?? '') - sinceMs).toBeLessThan(25 * secondMs);
    expect(app.cloud.servers.size).toBe(1);
    await app.run(sampling);
  });

  it('does not take an unknown load for an idle one', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    app.machine.load = null;
    await app.client.instances.drain({instance: id});
    const stop = new AbortController();
    const stopping = app.clock.sleep(30 * secondMs).then(() => stop.abort());
    await app.drive(id, stop.signal);
    await stopping;
    const [drain] = (await app.client.instances.actions({instance: id})).filter(
      action => action.type === 'EXECUTE_DRAIN',
    );
    expect(drain?.status).toBe('in_progress');
  });

  it('can be cut short by taking it down', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    await app.client.instances.drain({instance: id});
    await app.client.instances.terminate({instances: [id]});
    expect((await app.drive(id)).state).toBe('terminated');
    expect(app.cloud.alive).toEqual([]);
  });

  it('is refused where there is nothing to drain', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    await expect(app.client.instances.drain({instance: id})).rejects.toMatchObject({
      code: 'illegal_transition',
      hint: expect.stringContaining('booting'),
    });
  });
});

describe('archiving', () => {
  it('hides what is gone, and keeps its rows', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady({name: 'old'});
    await app.client.instances.terminate({instances: [id]});
    await app.drive(id);
    await app.client.instances.archive({instances: ['old']});
    await app.client.instances.archive({instances: [id]});
    expect(await app.client.instances.list({includeGone: true})).toEqual([]);
    expect(
      (await app.client.instances.list({includeGone: true, includeArchived: true})).map(instance => instance.state),
    ).toEqual(['archived']);
    expect((await app.client.instances.history({instance: id})).at(-1)?.to).toBe('archived');
  });

  it('refuses what still costs money, naming what to do first', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady({name: 'live'});
    await expect(app.client.instances.archive({instances: [id]})).rejects.toMatchObject({
      code: 'illegal_transition',
      hint: 'Take it down first: inventiv down live',
    });
  });
});
