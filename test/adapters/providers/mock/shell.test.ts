import {existsSync, readFileSync, statSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import type {Shell, ShellTarget} from '../../../../src/ports/shell.ts';
import {
  call,
  isAlive,
  makeCloud,
  makeServer,
  refOf,
  runServer,
  stillMs,
  stillScenario,
  type TestCloud,
  zone,
} from './support/mock-cloud.ts';

describe('mock shell', () => {
  let cloud: TestCloud;
  let target: ShellTarget;
  let root: string;
  let shell: Shell;
  beforeEach(async () => {
    cloud = makeCloud();
    ({target} = await runServer(cloud));
    root = join(cloud.cloudDir, 'servers', target.serverId, 'root');
    shell = await cloud.shells.open(target);
  });
  afterEach(async () => {
    await shell[Symbol.asyncDispose]();
    await cloud[Symbol.asyncDispose]();
  });

  const startDaemon = async (command: string): Promise<number> => {
    const {outputTail} = await shell.run({script: `setsid ${command} >/dev/null 2>&1 & echo $!`, timeoutMs: 5_000});
    return Number(outputTail[0]);
  };

  it('runs a script in the machine and gives its lines as they come, its status and its duration', async () => {
    const lines: string[] = [];
    const script = 'echo one; echo two >&2; pwd; printf "no end"; exit 7';
    const result = await shell.run({script, timeoutMs: 5_000, onLine: line => lines.push(line)});
    expect(result.exitCode).toBe(7);
    expect(lines.toSorted()).toEqual([root, 'no end', 'one', 'two'].toSorted());
    expect(result.outputTail).toEqual(lines);
    expect(result.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('gives scripts six variables and nothing of the caller', async () => {
    const {outputTail} = await shell.run({script: 'env', timeoutMs: 5_000});
    const names = outputTail
      .map(line => line.split('=', 1)[0])
      .filter(name => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? ''));
    const ours = ['HOME', 'INVENTIV_MOCK_SERVER', 'INVENTIV_ROOT', 'LANG', 'NODE_COMPILE_CACHE', 'PATH'];
    expect(names.toSorted()).toEqual(ours);
  });

  it('keeps the script out of process lists and out of the call log', async () => {
    const secret = 'a-very-secret-word';
    const script = `: ${secret}\ncat /proc/$$/cmdline | tr '\\0' ' '`;
    const {outputTail} = await shell.run({script, timeoutMs: 5_000});
    expect(outputTail).toEqual(['sh -s ']);
    await shell.writeFile('etc/key', secret, 0o600);
    expect(readFileSync(join(cloud.cloudDir, 'calls.jsonl'), 'utf8')).not.toContain(secret);
    expect(readFileSync(join(cloud.cloudDir, 'state.json'), 'utf8')).not.toContain(secret);
  });

  it('writes files with their mode inside the machine and nowhere else', async () => {
    await shell.writeFile('etc/inventiv/token', 'first', 0o600);
    await shell.writeFile(join(root, 'etc/inventiv/token'), 'second', 0o640);
    const path = join(root, 'etc/inventiv/token');
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['second', 0o640]);
    expect(statSync(join(root, 'etc')).mode & 0o777).toBe(0o700);
    symlinkSync(cloud.cloudDir, join(root, 'way-out'));
    for (const outside of ['../escape', '/etc/escape', 'a/../../escape', 'way-out/escape']) {
      await expect(shell.writeFile(outside, 'x', 0o600)).rejects.toMatchObject({code: 'invalid_input'});
    }
    expect(existsSync(join(cloud.cloudDir, 'escape'))).toBe(false);
  });

  it('hangs up on a script that takes too long, and on one whose caller goes away', async () => {
    await expect(shell.run({script: 'sleep 1000', timeoutMs: 80})).rejects.toMatchObject({code: 'timed_out'});
    const caller = new AbortController();
    const started = Promise.withResolvers<number>();
    const script = 'trap "echo hung up > $HOME/hup; exit" HUP; echo $$; while :; do sleep 0.01; done';
    const onLine = (line: string) => started.resolve(Number(line));
    const running = shell.run({script, timeoutMs: 20_000, signal: caller.signal, onLine});
    const stopped = expect(running).rejects.toThrow('gone');
    const pid = await started.promise;
    caller.abort(new Error('gone'));
    await stopped;
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), {timeout: 5_000});
    expect(readFileSync(join(root, 'hup'), 'utf8')).toBe('hung up\n');
  });

  it('leaves daemons alone when a session ends, and does not wait for those that hold its output', async () => {
    const {outputTail, exitCode} = await shell.run({script: 'setsid sleep 1000 & echo $!; exit 0', timeoutMs: 10_000});
    expect(exitCode).toBe(0);
    expect(isAlive(Number(outputTail[0]))).toBe(true);
  });

  it('carries a flood of output without losing or reordering lines', async () => {
    let count = 0;
    let isInOrder = true;
    const onLine = (line: string) => {
      count += 1;
      isInOrder &&= line === String(count);
    };
    const result = await shell.run({script: 'seq 1 200000', timeoutMs: 20_000, onLine});
    expect([count, isInOrder, result.outputTail.length, result.outputTail.at(-1)]).toEqual([
      200_000,
      true,
      60,
      '200000',
    ]);
  });

  it('ends every process of a machine that is terminated, also stubborn daemons, and removes its directory', async () => {
    const polite = await startDaemon('sleep 1000');
    const stubborn = await startDaemon(`sh -c 'trap "" TERM HUP; while :; do sleep 0.05; done'`);
    expect([isAlive(polite), isAlive(stubborn)]).toEqual([true, true]);
    const ref = {zone, providerId: target.serverId};
    expect(await cloud.provider.terminateServer(ref, call)).toBe('requested');
    await cloud.control.advance(stillMs);
    expect(await cloud.provider.readServer(ref, call)).toBeNull();
    expect([isAlive(polite), isAlive(stubborn)]).toEqual([false, false]);
    expect(existsSync(root)).toBe(false);
  });

  it('ends the processes of a machine that vanishes, and only of that one', async () => {
    const other = await runServer(cloud, 'inventiv-other');
    await using otherShell = await cloud.shells.open(other.target);
    const kept = await otherShell.run({script: 'setsid sleep 1000 >/dev/null 2>&1 & echo $!', timeoutMs: 5_000});
    const ended = await startDaemon('sleep 1000');
    await cloud.control.vanish(target.serverId);
    await cloud.control.advance(0);
    expect(isAlive(ended)).toBe(false);
    expect(isAlive(Number(kept.outputTail[0]))).toBe(true);
    expect(await cloud.shells.isReachable(target)).toBe(false);
  });

  it('answers no login before the machine is up, nor on one that is off', async () => {
    await cloud.control.configure({
      scenario: {...stillScenario, latenciesMs: {...stillScenario.latenciesMs, boot: [0, 0], ssh: [stillMs, stillMs]}},
    });
    const server = await makeServer(cloud, 'inventiv-booting');
    const booting = {...target, serverId: server.providerId};
    expect(await cloud.shells.isReachable(booting)).toBe(false);
    await cloud.provider.powerOn(refOf(server), call);
    await cloud.control.advance(0);
    expect((await cloud.provider.readServer(refOf(server), call))?.state).toBe('running');
    expect(await cloud.shells.isReachable(booting)).toBe(false);
    await expect(cloud.shells.open(booting)).rejects.toMatchObject({code: 'provider_unavailable', retryable: true});
    await cloud.control.advance(stillMs);
    expect(await cloud.shells.isReachable(booting)).toBe(true);
  });

  it('reports a cut line as such, whether or not the script ran', async () => {
    await cloud.control.injectFaults([
      {call: 'exec', kind: 'reset', nth: 1},
      {call: 'exec', kind: 'did-but-reset', nth: 2},
    ]);
    for (const name of ['before', 'after']) {
      const running = shell.run({script: `touch ${name}`, timeoutMs: 5_000});
      await expect(running).rejects.toMatchObject({code: 'provider_unavailable', detailCode: 'connection_lost'});
    }
    expect([existsSync(join(root, 'before')), existsSync(join(root, 'after'))]).toEqual([false, true]);
  });
});
