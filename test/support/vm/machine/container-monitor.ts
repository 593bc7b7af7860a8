import {type ChildProcess, spawn} from 'node:child_process';
import {appendFileSync} from 'node:fs';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {setTimeout as sleep} from 'node:timers/promises';
import {hostShare} from '../scenario.ts';
import {type ContainerConfig, containerDirectory, readConfig, readState, writeState} from './docker-state.ts';
import {readScenario} from './program.ts';

const fakeVllm = `${hostShare}/repository/src/adapters/providers/mock/fake-vllm/main.ts`;
const restartDelayMs = 100;
const restartDelayMsMax = 2_000;
const killedStatus = 137;

const [root = '', id = ''] = process.argv.slice(2);
// Whoever started it has noted so when this ends.
await text(process.stdin);
await runUntilDone(root, readConfig(root, id));

/** Docker's restart policies, as far as they are used: no, on-failure[:n], always, unless-stopped. */
async function runUntilDone(root: string, config: ContainerConfig): Promise<void> {
  for (let restarts = 0; ; restarts++) {
    const exitCode = await runEngine(root, config, restarts);
    const state = readState(root, config.id);
    const {name, maximumRetryCount} = config.restart;
    const mayAgain =
      name === 'always' ||
      name === 'unless-stopped' ||
      (name === 'on-failure' && exitCode !== 0 && (maximumRetryCount === 0 || restarts < maximumRetryCount));
    const again = mayAgain && !state.stopAsked;
    writeState(root, config.id, {
      ...state,
      status: again ? 'restarting' : 'exited',
      pid: 0,
      exitCode,
      // Nobody asked for its end: then it was the kernel.
      oomKilled: exitCode === killedStatus && !state.stopAsked,
      finishedAt: new Date().toISOString(),
    });
    if (!again) return;
    await sleep(Math.min(restartDelayMsMax, restartDelayMs * 2 ** restarts));
    if (readState(root, config.id).stopAsked) return;
  }
}

async function runEngine(root: string, config: ContainerConfig, restartCount: number): Promise<number> {
  const child = spawn(process.execPath, [fakeVllm, ...engineArguments(config)], {
    env: {PATH: process.env.PATH, ...Object.fromEntries(config.env.map(splitVariable))},
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
  });
  writeState(root, config.id, {
    ...readState(root, config.id),
    status: 'running',
    pid: child.pid ?? 0,
    monitorPid: process.pid,
    restartCount,
    startedAt: new Date().toISOString(),
  });
  keepLog(child, join(containerDirectory(root, config.id), `${config.id}-json.log`));
  const {promise, resolve} = Promise.withResolvers<number>();
  child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGTERM' ? 143 : killedStatus)));
  return promise;
}

/** The network of a container is not there: the engine listens where the machine would have forwarded from. */
function engineArguments(config: ContainerConfig): string[] {
  const {args, argsOf} = readScenario().engine;
  const [port] = config.ports;
  const address = port === undefined ? [] : ['--host', port.hostIp, '--port', String(port.hostPort)];
  const gpus = config.gpus?.includes('device=') ? 1 : readScenario().gpus.length;
  return [...config.args, ...address, '--gpus', String(gpus), ...args, ...(argsOf[config.name] ?? [])];
}

function keepLog(child: ChildProcess, path: string): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    let rest = '';
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      const entries = lines.map(line => ({log: `${line}\n`, stream, time: new Date().toISOString()}));
      appendFileSync(path, entries.map(entry => `${JSON.stringify(entry)}\n`).join(''), {mode: 0o640});
    });
  }
}

function splitVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, process.env[text] ?? ''] : [text.slice(0, at), text.slice(at + 1)];
}
