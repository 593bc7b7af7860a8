import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../support/installation.ts';
import {hasPart} from '../support/parts.ts';
import {makeKeyFile} from '../support/sshd.ts';
import {nvidiaL4} from '../support/vm/scenario.ts';
import {startVm, type Vm} from '../support/vm/vm.ts';

describe.skipIf(!hasPart('machines'))('a machine one has, with Docker', () => {
  const installation = new Installation();
  let vm: Vm;
  let before: Awaited<ReturnType<Vm['snapshot']>>;
  beforeAll(async () => {
    mkdirSync(installation.stateDir, {recursive: true, mode: 0o700});
    const {publicKey} = makeKeyFile(join(installation.stateDir, 'id_ed25519'));
    vm = await startVm({authorizedKeys: [publicKey], scenario: {gpus: [nvidiaL4, nvidiaL4]}});
    before = await vm.snapshot();
    await installation.ok(['hosts', 'add', `root@${vm.address}`, '--name', 'box', '--yes']);
  });
  afterAll(async () => {
    await vm?.[Symbol.asyncDispose]();
    await installation[Symbol.asyncDispose]();
  });

  it('says why it did not start, with the lines that show it, and is as it was after down', async () => {
    vm.script({engine: {args: ['--fail', 'GPU_OOM_LOAD'], argsOf: {}}});
    const failed = await installation.run(up('first'));
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('GPU_OOM_LOAD');
    expect(failed.stderr).toContain('CUDA out of memory');
    expect(await installation.ok(['diagnose', 'first'])).toContain('CUDA out of memory');
    expect(await installation.ok(['logs', 'first', '--vllm'])).toContain('CUDA out of memory');
    await installation.ok(['down', 'first', '--yes']);
    expect(await vm.snapshot()).toEqual(before);
  });

  it('is ready after one command, with an engine on each GPU, and streams', async () => {
    vm.script({engine: {args: [], argsOf: {}}});
    await installation.ok(up('second', '--mode', 'multi'));
    expect(await vm.exec('docker ps --format {{.Names}} | sort')).toBe('inventiv-engine-0\ninventiv-engine-1\n');
    const answer = await installation.run(['chat', '--model', tinyModel, 'Say something.']);
    expect(answer.exitCode).toBe(0);
    expect(answer.stdout.trim().length).toBeGreaterThan(3);
    expect(answer.stderr).toMatch(/\d+ in, \d+ out/);
  });

  it('is as it was after down: files, units, containers, processes, mounts', async () => {
    await installation.ok(['down', 'second', '--yes']);
    expect(await vm.snapshot()).toEqual(before);
    expect(await vm.exec('docker ps -aq; docker images -q')).toBe('');
    expect(await installation.json(['db', 'check'])).toEqual({sound: true, findings: []});
  });
});

function up(name: string, ...more: readonly string[]): string[] {
  return ['up', '--provider', 'host', '--ssh', 'box', '--model', tinyModel, '--name', name, ...more];
}
