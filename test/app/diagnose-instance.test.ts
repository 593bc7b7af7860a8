import {describe, expect, it} from 'vitest';
import {TestApp} from '../support/test-app.ts';

const oom = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.';

describe('the diagnosis of an instance', () => {
  it('is the cause on record after a failed start, with evidence, though the machine is gone', async () => {
    await using app = await TestApp.open();
    app.machine.engineDeath = {atMs: app.clock.nowMs(), log: ['INFO loading', oom]};
    const gone = await app.drive((await app.request()).id);
    expect(await app.client.instances.diagnose({instance: gone.name})).toMatchObject({
      state: 'terminated',
      source: 'record',
      diagnosis: {code: 'GPU_OOM_LOAD', evidenceLines: [oom], advice: expect.stringContaining('quantized')},
    });
  });

  it('is read from the live log of the engine of a ready instance', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    app.machine.logs = {agent: [], engine: ['INFO ok', 'NVRM: Xid (PCI:0000:01:00): 79 token=hf_abcdefghijkl']};
    const found = await app.client.instances.diagnose({instance: id});
    expect(found).toMatchObject({source: 'engine', diagnosis: {code: 'RUNTIME_DEAD', lineNumber: 2}});
    expect(JSON.stringify(found)).not.toContain('abcdefghijkl');
  });

  it('is found in what the installation printed when the script did not name it', async () => {
    await using app = await TestApp.open();
    app.machine.script('engine', {
      exitCode: 1,
      lines: ['docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]]'],
    });
    const gone = await app.drive((await app.request()).id);
    expect(gone.failure).toMatchObject({code: 'NO_GPU_RUNTIME', hint: expect.stringContaining('toolkit')});
    expect(app.machine.runs).toEqual(['preflight', 'engine']);
  });

  it('is none for a healthy instance, and tells what was looked at', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    app.machine.logs = {agent: ['{"event":"agent_started"}'], engine: null};
    expect(await app.client.instances.diagnose({instance: id})).toMatchObject({
      diagnosis: null,
      source: null,
      lookedAt: [{source: 'engine', lineCount: 0}, {source: 'agent', lineCount: 1}, {source: 'bootstrap'}],
    });
  });
});
