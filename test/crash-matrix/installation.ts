import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createMockControl, type MockControl} from '../../src/adapters/providers/mock/control.ts';
import {packageRoot, programPath} from '../../src/adapters/system/package-root.ts';
import type {AdapterWrappers, App} from '../../src/compose/app.ts';
import {openApp} from '../../src/compose.ts';
import {loadConfig} from '../../src/config/config.ts';
import {readEnv} from '../../src/config/env.ts';

/** An installation on its own state directory, opened in this process, with the hand behind its mock cloud. */
export interface Drill extends AsyncDisposable {
  readonly app: App;
  readonly control: MockControl;
}

const prefix = 'inventiv-drill-';

/** Every process of a drill starts from what the first of them has compiled. */
export function compileCacheDir(): string {
  return join(packageRoot(), 'node_modules', '.cache', 'inventiv-drills');
}

export function makeStateDir(): string {
  const stateDir = mkdtempSync(join(tmpdir(), prefix));
  const mockDir = join(stateDir, 'mock');
  mkdirSync(mockDir);
  mkdirSync(compileCacheDir(), {recursive: true});
  symlinkSync(compileCacheDir(), join(mockDir, 'compile-cache'));
  return stateDir;
}

export async function openDrill(stateDir: string, wrap: AdapterWrappers = {}): Promise<Drill> {
  const env = readEnv({HOME: stateDir, INVENTIV_STATE_DIR: stateDir, USER: 'drill', INVENTIV_MOCK_PROFILE: 'fast'});
  const config = await loadConfig(env, stateDir);
  const app = await openApp({config, env}, wrap);
  const cloudEntryPath = programPath('src/adapters/providers/mock/cloud/main.ts');
  const control = createMockControl({cloudDir: config.paths.mockDir, cloudEntryPath, clock: app.clock});
  return {app, control, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]()};
}

/** Ends the cloud of a drill. What then still runs from its directory is a leak, and is named. */
export async function closeStateDir(stateDir: string, control: MockControl): Promise<readonly string[]> {
  await control.stop();
  const left = processesOf(stateDir);
  for (const {pid} of left) killQuietly(pid);
  rmSync(stateDir, {recursive: true, force: true, maxRetries: 5});
  return left.map(({pid, command}) => `process ${pid}: ${command}`);
}

/** Processes whose command line or environment names the directory; machines are told by their home in it. */
function processesOf(stateDir: string): {pid: number; command: string}[] {
  return readdirSync('/proc').flatMap(name => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const command = readProc(pid, 'cmdline');
    const isOurs = `${command}\0${readProc(pid, 'environ')}`.includes(stateDir);
    return isOurs ? [{pid, command: command.replaceAll('\0', ' ').slice(0, 160)}] : [];
  });
}

function readProc(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
