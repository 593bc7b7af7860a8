import {describe, expect, it} from 'vitest';
import {engineExitedText, engineLogLinesMax} from '../../../src/core/bootstrap/engine-watch.ts';
import {InventivError} from '../../../src/core/errors.ts';
import {hourMs, secondMs} from '../../../src/core/time.ts';
import {TestApp} from '../../support/test-app.ts';

const oomLog = [
  'INFO loading',
  'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.',
  'RuntimeError: Engine core initialization failed.',
];
const quota = new InventivError('quota_exceeded', 'no more servers.', {hint: 'Ask for more.', detailCode: 'QUOTA'});

describe('a start that fails', () => {
  it('is named by its cause in the engine log, with advice, and leaves nothing', async () => {
    await using app = await TestApp.open();
    app.machine.engineDeath = {atMs: app.clock.nowMs(), log: oomLog};
    const gone = await app.drive((await app.request()).id);
    expect(gone.state).toBe('terminated');
    expect(gone.failure).toMatchObject({
      code: 'GPU_OOM_LOAD',
      message: expect.stringContaining('does not fit'),
      hint: expect.stringContaining('larger type'),
      evidenceLines: [expect.stringContaining('CUDA out of memory'), expect.any(String)],
    });
    expect(app.cloud.alive).toEqual([]);
    expect(await statesOf(app, gone.id)).toEqual([
      'provisioning',
      'booting',
      'installing',
      'starting',
      'startup_failed',
      'terminating',
      'terminated',
    ]);
  });

  it('is a lack of capacity when the machine falls back to stopped after an accepted power-on', async () => {
    await using app = await TestApp.open();
    app.cloud.dropsPowerOn = true;
    const gone = await app.drive((await app.request({fallback: 'none'})).id);
    expect(gone).toMatchObject({
      state: 'terminated',
      failure: {errorCode: 'no_capacity', hint: expect.stringContaining('--zone')},
    });
    expect(app.cloud.alive).toEqual([]);
  });

  it('is kept for diagnosis when that was asked, for its time and not longer', async () => {
    await using app = await TestApp.open();
    app.machine.engineDeath = {atMs: app.clock.nowMs(), log: oomLog};
    const kept = await app.drive((await app.request({onFailure: 'keep'})).id);
    expect(kept.state).toBe('startup_failed');
    expect(app.cloud.servers.size).toBe(1);

    await app.clock.advance(kept.spec.keepFailedMs - secondMs);
    expect((await app.drive(kept.id)).state).toBe('startup_failed');
    await app.clock.advance(secondMs);
    expect((await app.drive(kept.id)).state).toBe('terminated');
    expect(app.cloud.alive).toEqual([]);
  });

  it('takes the cause that the agent found over waiting for the process to end', async () => {
    await using app = await TestApp.open();
    app.machine.neverHealthy = true;
    app.machine.info = {
      failure: {
        code: 'HF_GATED',
        message: 'gated',
        evidenceLines: ['Cannot access gated repo for url https://example.org'],
      },
    };
    const gone = await app.drive((await app.request()).id);
    expect(gone.failure).toMatchObject({code: 'HF_GATED', hint: expect.stringContaining('licence')});
  });

  it('is told as a dead engine when the log shows no known cause', async () => {
    await using app = await TestApp.open();
    app.machine.engineDeath = {atMs: app.clock.nowMs(), log: ['something odd', '']};
    const gone = await app.drive((await app.request()).id);
    expect(gone.failure).toMatchObject({code: 'ENGINE_EXITED', message: expect.stringContaining('something odd')});
  });

  it('is a lack of memory when the kernel killed the engine, though its log says nothing and is long', async () => {
    await using app = await TestApp.open();
    const log = Array.from({length: engineLogLinesMax}, (_, index) => `INFO loading ${index}`);
    app.machine.engineDeath = {atMs: app.clock.nowMs(), log: [...log, `${engineExitedText} 137`]};
    const gone = await app.drive((await app.request()).id);
    expect(gone.failure).toMatchObject({code: 'HOST_OOM', hint: expect.stringContaining('more RAM')});
  });

  it('tells the last line of the log and the exit status when both say nothing more', async () => {
    await using app = await TestApp.open();
    app.machine.engineDeath = {atMs: app.clock.nowMs(), log: ['something odd', `${engineExitedText} 3`]};
    const gone = await app.drive((await app.request()).id);
    expect(gone.failure).toMatchObject({
      code: 'ENGINE_EXITED',
      message: expect.stringMatching(/something odd \(engine exited with status 3\)$/),
    });
  });

  it('refuses a worker that serves less context than was asked for', async () => {
    await using app = await TestApp.open();
    const {id, spec} = await app.request({maxModelLen: 8192});
    app.machine.models = [{id: spec.servedModelName, maxModelLen: 4096}];
    expect((await app.drive(id)).failure).toMatchObject({code: 'CONTEXT_TOO_SMALL'});
  });

  it('gives up a model that never comes, when its deadline has passed', async () => {
    await using app = await TestApp.open();
    Object.assign(app.machine, {neverHealthy: true, probeMs: 5 * secondMs});
    const {id, spec} = await app.request();
    const gone = await app.drive(id);
    expect(gone.failure).toMatchObject({code: 'STARTUP_TIMEOUT'});
    const {actions} = await app.client.instances.show({instance: id});
    const waited = actions.find(action => action.type === 'WORKER_VLLM_HTTP_OK')?.durationMs ?? 0;
    expect(waited).toBeGreaterThan(spec.readyDeadlineMs);
    expect(waited).toBeLessThan(spec.readyDeadlineMs + 10 * secondMs);
  });

  it('does not try again what the bootstrap has named as hopeless', async () => {
    await using app = await TestApp.open();
    app.machine.script('preflight', {
      exitCode: 41,
      lines: ['::fail::PYTHON_MISSING python3 is not on the PATH of this machine.'],
    });
    const gone = await app.drive((await app.request()).id);
    expect(gone.failure).toMatchObject({code: 'PYTHON_MISSING', hint: expect.stringContaining('Python')});
    expect(app.machine.runs).toEqual(['preflight']);
  });

  it('tries an unexplained bootstrap failure again, from the first script', async () => {
    await using app = await TestApp.open();
    app.machine.script('engine', {exitCode: 1, lines: ['flock: cannot open lock file']});
    expect((await app.makeReady()).state).toBe('ready');
    expect(app.machine.runs).toEqual(['preflight', 'engine', 'preflight', 'engine', 'agent']);
  });

  it.each(['powerOn', 'confirmSecurityGroup', 'readServer'] as const)(
    'names a server that was deleted behind its back (before %s), and clears the rest',
    async at => {
      await using app = await TestApp.open();
      const {id} = await app.request();
      app.cloud.onCall = method => {
        const [server] = [...app.cloud.servers.values()];
        if (method === at && server !== undefined) app.cloud.vanish(server.providerId);
      };
      const gone = await app.drive(id);
      expect(gone).toMatchObject({state: 'terminated', failure: {code: 'PROVIDER_DELETED'}});
      expect(app.cloud.alive).toEqual([]);
    },
  );
});

describe('a provisioning that fails', () => {
  it('is rolled back without being asked, and says why', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', quota);
    const gone = await app.drive((await app.request({onFailure: 'keep', fallback: 'none'})).id);
    expect(gone).toMatchObject({
      state: 'terminated',
      failure: {code: 'QUOTA', message: 'no more servers.', hint: 'Ask for more.'},
    });
    expect(await statesOf(app, gone.id)).toEqual(['provisioning', 'provisioning_failed', 'terminating', 'terminated']);
    expect(app.cloud.alive).toEqual([]);
  });

  it('always says what to do, also where the provider says nothing', async () => {
    await using app = await TestApp.open();
    for (const code of [
      'quota_exceeded',
      'no_capacity',
      'provider_auth',
      'provider_unavailable',
      'invalid_input',
      'unexpected',
    ] as const) {
      app.cloud.fail('ensureServer', new InventivError(code, `the provider says ${code}.`));
      const gone = await app.drive((await app.request({fallback: 'none'})).id);
      expect(gone.failure?.hint, code).toMatch(/\w{3,} .*\w/);
    }
  });

  it('finds a server that was made although the answer was lost', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', quota, {afterwards: true});
    expect((await app.drive((await app.request({fallback: 'none'})).id)).state).toBe('terminated');
    expect(app.cloud.alive).toEqual([]);
    expect(app.cloud.count('terminateServer')).toBeGreaterThan(0);
  });

  it('keeps a kept failure no longer than an hour when nothing else is said', async () => {
    await using app = await TestApp.open();
    expect((await app.request({onFailure: 'keep'})).spec.keepFailedMs).toBe(hourMs);
  });
});

async function statesOf(app: TestApp, instance: string): Promise<string[]> {
  return (await app.client.instances.history({instance})).map(change => change.to);
}
