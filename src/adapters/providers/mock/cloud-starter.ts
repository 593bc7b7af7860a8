import {spawn} from 'node:child_process';
import {closeSync, mkdirSync, openSync, readFileSync, statSync, truncateSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {InventivError} from '../../../core/errors.ts';
import {compileCacheDir} from './compile-cache.ts';

export interface MockCloudOptions {
  /** The cloud's own directory: its state, its machines, its log. One daemon serves it. */
  readonly cloudDir: string;
  /** The daemon's program: `cloud/main.ts` of the sources, or where the bundler has put it. */
  readonly cloudEntryPath: string;
  /** PATH of the machines; `python3` and the engine's programs are looked up there. */
  readonly searchPath?: string;
  /** How long the daemon outlives its last call while it holds no server (default 2 s). */
  readonly idleMs?: number;
}

const startTimeoutMs = 15_000;
const logBytesMax = 1024 * 1024;
const logLineChars = 600;

/** Starts the daemon, detached, and returns once somebody serves the directory: this one or one started meanwhile. */
export async function startCloud(options: MockCloudOptions, socketPath: string): Promise<void> {
  const {cloudDir, cloudEntryPath, idleMs} = options;
  const logPath = join(cloudDir, 'cloud.log');
  const log = openLog(logPath);
  const args = [
    '--dir',
    cloudDir,
    '--socket',
    socketPath,
    ...(idleMs === undefined ? [] : ['--idle-ms', String(idleMs)]),
  ];
  // Nothing of our environment but PATH: what runs in a machine must not find the user's secrets.
  const child = spawn(process.execPath, [cloudEntryPath, ...args], {
    cwd: '/',
    detached: true,
    env: {
      PATH: options.searchPath ?? defaultSearchPath(),
      LANG: 'C.UTF-8',
      NODE_COMPILE_CACHE: compileCacheDir() ?? join(cloudDir, 'compile-cache'),
    },
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);

  const {promise, resolve, reject} = Promise.withResolvers<void>();
  const fail = (what: string): void => reject(new Error(what));
  const timer = setTimeout(() => fail(`was not ready after ${startTimeoutMs / 1000} s`), startTimeoutMs);
  child.stdout?.once('data', () => resolve());
  child.once('error', error => fail(`could not be started: ${error.message}`));
  child.once('exit', code => fail(`ended with status ${code} while starting`));
  try {
    await promise;
  } catch (error) {
    throw startError(error, logPath);
  } finally {
    clearTimeout(timer);
    child.stdout?.destroy();
    child.unref();
  }
}

function defaultSearchPath(): string {
  return [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':');
}

function openLog(path: string): number {
  mkdirSync(dirname(path), {recursive: true, mode: 0o700});
  const log = openSync(path, 'a', 0o600);
  if (statSync(path).size > logBytesMax) truncateSync(path);
  return log;
}

function startError(error: unknown, logPath: string): InventivError {
  const what = error instanceof Error ? error.message : String(error);
  const tail = readLastLine(logPath);
  return new InventivError('provider_unavailable', `the mock cloud ${what}${tail ? `: ${tail}` : '.'}`, {
    hint: `Its log is ${logPath}.`,
    detailCode: 'mock_cloud_start',
  });
}

function readLastLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').at(-1)?.slice(0, logLineChars) ?? '';
  } catch {
    return '';
  }
}
