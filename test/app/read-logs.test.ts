import {describe, expect, it} from 'vitest';
import {driveInstance} from '../../src/app/drive-instance/drive.ts';
import {readLogs} from '../../src/app/read-logs.ts';
import {InventivError} from '../../src/core/errors.ts';
import {secondMs} from '../../src/core/time.ts';
import {TestApp} from '../support/test-app.ts';

const never = new AbortController().signal;

describe('the log of an instance', () => {
  it('tells its actions with how long they took, how often they were tried and why they failed', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('powerOn', new InventivError('provider_unavailable', 'HTTP 503.', {retryable: true}));
    app.machine.script('preflight', {exitCode: 41, lines: ['::fail::PYTHON_MISSING python3 is not there.']});
    const {id} = await app.makeReady();
    const lines = await Array.fromAsync(await app.client.instances.logs({instance: id}));
    expect(lines.map(line => line.text)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^REQUEST_CREATE success in 0 ms$/),
        expect.stringMatching(/^PROVIDER_START success in \d+ ms \(try 2\)$/),
        expect.stringMatching(/^WORKER_SSH_INSTALL failed in \d+ ms: Bootstrap phase "preflight" failed/),
      ]),
    );
    expect(lines.find(line => line.level === 'error')?.text).toContain('WORKER_SSH_INSTALL');
  });

  it('shows the last lines only, when that is asked', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    const lines = await Array.fromAsync(await app.client.instances.logs({instance: id, tailLines: 2}));
    expect(lines.map(line => line.text.split(' ')[0])).toEqual(['HEALTH_CHECK', 'INSTANCE_READY']);
  });

  it('keeps what the bootstrap printed, phase by phase', async () => {
    await using app = await TestApp.open();
    app.machine.script('preflight', {exitCode: 0, lines: ['Python 3.12.1', '::fact::{"python":"3.12.1"}']});
    const {id} = await app.makeReady();
    const lines = await Array.fromAsync(await app.client.instances.logs({instance: id, source: 'bootstrap'}));
    expect(lines.map(line => line.text)).toContain('preflight: Python 3.12.1');
    const install = (await app.client.instances.actions({instance: id})).find(
      action => action.type === 'WORKER_SSH_INSTALL',
    );
    expect(install?.metadata.facts).toMatchObject({python: '3.12.1'});
  });

  it('says that there is no worker, or that it does not answer', async () => {
    await using app = await TestApp.open();
    const early = await app.request({name: 'early'});
    expect(
      (await Array.fromAsync(await app.client.instances.logs({instance: early.id, source: 'engine'})))[0],
    ).toMatchObject({level: 'warning', text: expect.stringContaining('no worker')});
    const {id} = await app.makeReady();
    app.machine.logs = {agent: null, engine: null};
    expect((await Array.fromAsync(await app.client.instances.logs({instance: id, source: 'agent'})))[0]).toMatchObject({
      level: 'warning',
      text: 'The agent did not answer.',
    });
  });

  it('follows what the engine writes, each line once, through a moment of silence', async () => {
    await using app = await TestApp.open();
    const instance = await app.makeReady();
    app.machine.logs.engine = ['a', 'b'];
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const {text} of readLogs(app.tools, instance, {
        source: 'engine',
        tailLines: 100,
        sinceMs: null,
        follow: true,
        signal: stop.signal,
      }))
        seen.push(text);
    })();
    const writing = (async () => {
      for (const log of [['a', 'b', 'c'], null, ['a', 'b', 'c', 'd', 'd'], ['a', 'b', 'c', 'd', 'd', 'e']]) {
        await app.clock.sleep(2 * secondMs);
        app.machine.logs.engine = log;
      }
      await app.clock.sleep(2 * secondMs);
      stop.abort();
    })();
    await app.run(Promise.all([following, writing]));
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'd', 'e']);
  });

  it('follows the actions of a drive to its end', async () => {
    await using app = await TestApp.open();
    const instance = await app.request();
    const following = Array.fromAsync(
      readLogs(app.tools, instance, {source: 'actions', tailLines: 100, sinceMs: null, follow: true, signal: never}),
    );
    const [lines] = await app.run(Promise.all([following, driveInstance(app.tools, instance.id, never)]));
    expect(lines.at(-1)?.text).toMatch(/^INSTANCE_READY success/);
  });
});
