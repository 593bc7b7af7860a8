import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {promisify} from 'node:util';

export const SERVER_FILE = join(import.meta.dirname, 'server.ts');

export interface RunningEngine {
  readonly url: string;
  readonly process: ChildProcess;
  /** Sends SIGTERM and gives the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Runs `npm ci` in this folder unless an earlier run finished: about 105 MB, 10 s, no scripts, only the npm registry. Of two
 * suites at once, one installs and the other waits for it.
 */
export async function installEngine(): Promise<void> {
  if (existsSync(join(import.meta.dirname, 'node_modules', '.package-lock.json'))) return;
  const install = 'npm ci --ignore-scripts --no-audit --no-fund --loglevel=error';
  const script = `test -e node_modules/.package-lock.json || ${install}`;
  const options = {cwd: import.meta.dirname, timeout: INSTALL_TIMEOUT_MS};
  await promisify(execFile)('flock', ['package.json', 'sh', '-c', script], options);
}

export const INSTALL_TIMEOUT_MS = 180_000;
const ADDRESS = /serves .* on (http:\S+)$/;

/** Starts the server on a port of the system's choice and waits for the line that says where it listens. */
export async function startEngine(flags: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunningEngine> {
  const child = spawn(process.execPath, [SERVER_FILE, '--port', '0', ...flags], {
    env: {...process.env, ...env},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({input: child.stdout})) {
    const url = ADDRESS.exec(line)?.[1];
    if (url !== undefined) return {url, process: child, stop: () => stop(child, exited)};
  }
  throw new Error(`the engine ended before it listened, exit code ${child.exitCode}`);
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<number | null> {
  child.kill('SIGTERM');
  await exited;
  return child.exitCode;
}
