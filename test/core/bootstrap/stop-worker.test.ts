import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {endFunction} from '../../../src/core/bootstrap/stop-worker.ts';
import {isAliveFunction, supervised} from '../../../src/core/bootstrap/supervise.ts';
import {until} from '../../support/until.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inventiv-stop-'));
  for (const name of ['bin', 'run', 'log']) mkdirSync(join(root, name));
});
afterEach(() => {
  for (const pid of processesHere()) process.kill(pid, 'SIGKILL');
  rmSync(root, {recursive: true, force: true, maxRetries: 5});
});

describe.runIf(process.platform === 'linux')('the end of a supervised process', () => {
  it('is seen when it is collected in the middle of a look', async () => {
    const collector = startCollector();
    await until('a process that waits to be collected', () => existsSync(join(root, 'ended')));
    const pid = readFileSync(join(root, 'ended'), 'utf8');
    // Whatever looks into its state finds it collected at that moment.
    putBefore('grep', `kill -USR1 ${collector.pid}; while [ -e /proc/${pid} ]; do :; done`);
    expect(await sh(`${isAliveFunction()}\nis_alive ${pid} && echo alive || echo dead`)).toBe('dead\n');
  });

  it('is over when nobody writes about it any more', async () => {
    await sh(supervised({name: 'engine', command: 'sleep 600', identity: '', prepare: ''}));
    const pid = Number(readFileSync(join(root, 'run/engine.pid'), 'utf8'));
    const supervisor = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    // It is slow to notice: it goes on once somebody waits.
    process.kill(supervisor, 'SIGSTOP');
    putBefore('sleep', `kill -CONT ${supervisor}`);
    expect(await sh(`cd "$INVENTIV_ROOT"\n${endFunction}\nend engine`)).toBe('::fact::{"engine":"stopped"}\n');
    expect(processesHere()).toEqual([]);
    expect(readFileSync(join(root, 'run/engine.exit'), 'utf8')).toBe(`${pid} 143\n`);
  });
});

/** Has a child that ended, and collects it when it is told. */
function startCollector(): ChildProcess {
  const program = `
import os, signal, time
signal.signal(signal.SIGUSR1, lambda *_: os.waitpid(pid, os.WNOHANG))
pid = os.fork()
if pid == 0: os._exit(0)
while b") Z " not in open(f"/proc/{pid}/stat", "rb").read(): time.sleep(0.01)
with open("ended.new", "w") as file: file.write(str(pid))
os.rename("ended.new", "ended")
while True: signal.pause()
`;
  return spawn('python3', ['-c', program], {cwd: root, env: environment(), stdio: 'ignore'});
}

/** The program of this name does something first. */
function putBefore(program: string, script: string): void {
  const text = `#!/bin/sh\n${script}\nPATH=\${PATH#*:} exec ${program} "$@"\n`;
  writeFileSync(join(root, 'bin', program), text, {mode: 0o755});
}

async function sh(script: string): Promise<string> {
  const child = spawn('sh', ['-s'], {cwd: root, env: environment(), stdio: ['pipe', 'pipe', 'inherit']});
  const closed = once(child, 'close');
  child.stdin.end(script);
  const said = await text(child.stdout);
  await closed;
  return said;
}

function environment(): NodeJS.ProcessEnv {
  return {PATH: `${join(root, 'bin')}:${process.env.PATH}`, INVENTIV_ROOT: root};
}

/** Those that run with this directory as the machine's. */
function processesHere(): number[] {
  return readdirSync('/proc').flatMap(name => {
    try {
      const variables = readFileSync(`/proc/${name}/environ`, 'latin1').split('\0');
      return variables.includes(`INVENTIV_ROOT=${root}`) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
