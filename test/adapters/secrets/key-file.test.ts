import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Worker} from 'node:worker_threads';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {readOrCreateKeyFile} from '../../../src/adapters/secrets/key-file.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'inventiv-key-'));
});
afterEach(() => rmSync(directory, {recursive: true, force: true}));

describe('the key file', () => {
  it('is made at first use, for its owner alone, and is the same from then on', () => {
    const path = join(directory, 'state', 'secret.key');
    const key = readOrCreateKeyFile(path);
    expect(key).toHaveLength(32);
    expect(readOrCreateKeyFile(path)).toEqual(key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'state')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(directory, 'state'))).toEqual(['secret.key']);
  });

  it('differs between installations', () => {
    expect(readOrCreateKeyFile(join(directory, 'a'))).not.toEqual(readOrCreateKeyFile(join(directory, 'b')));
  });

  it('is the same for processes that start at once', async () => {
    const path = join(directory, 'secret.key');
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const module = new URL('../../../src/adapters/secrets/key-file.ts', import.meta.url).href;
    const script = `
      const {workerData, parentPort} = require('node:worker_threads');
      import(workerData.module).then(({readOrCreateKeyFile}) => {
        parentPort.postMessage('here');
        Atomics.wait(workerData.gate, 0, 0);
        parentPort.postMessage(Buffer.from(readOrCreateKeyFile(workerData.path)).toString('hex'));
      });`;
    const workers = Array.from(
      {length: 4},
      () => new Worker(script, {eval: true, workerData: {module, path, gate}, execArgv: []}),
    );
    await Promise.all(workers.map(nextMessage));
    const answers = Promise.all(workers.map(nextMessage));
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    expect(new Set(await answers)).toEqual(new Set([readFileSync(path).toString('hex')]));
    await Promise.all(workers.map(worker => worker.terminate()));
  });

  it('that others can read is refused, with the command that mends it', () => {
    const path = join(directory, 'secret.key');
    readOrCreateKeyFile(path);
    chmodSync(path, 0o644);
    expect(() => readOrCreateKeyFile(path)).toThrow(
      expect.objectContaining({code: 'invalid_config', hint: `Run: chmod 600 ${path}`}),
    );
  });

  it('of another length is refused and not replaced', () => {
    const path = join(directory, 'secret.key');
    writeFileSync(path, 'short', {mode: 0o600});
    expect(() => readOrCreateKeyFile(path)).toThrow(
      expect.objectContaining({code: 'invalid_config', message: expect.stringContaining('5 bytes')}),
    );
    expect(readFileSync(path, 'utf8')).toBe('short');
  });

  it('that cannot be read is told as such', () => {
    expect(() => readOrCreateKeyFile(directory)).toThrow(expect.objectContaining({code: 'store_unwritable'}));
  });
});

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}
