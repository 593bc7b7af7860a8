import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {realpath} from 'node:fs/promises';
import {dirname, isAbsolute, join, relative, resolve} from 'node:path';
import {compileCacheDir} from '../compile-cache.ts';
import {CloudError, invalid} from './cloud-error.ts';
import {serverMark, signalQuietly} from './processes.ts';

const pathCharsMax = 1_024;

/** A server's own directory: `root` is its file system, home and working directory; `exec` names its open sessions. */
export function machineDirectory(cloudDir: string, serverId: string): string {
  return join(cloudDir, 'servers', serverId);
}

export function machineRoot(cloudDir: string, serverId: string): string {
  return join(machineDirectory(cloudDir, serverId), 'root');
}

export function makeMachine(cloudDir: string, serverId: string, engineArgs: readonly string[] | undefined): void {
  const root = machineRoot(cloudDir, serverId);
  mkdirSync(root, {recursive: true, mode: 0o700});
  mkdirSync(join(machineDirectory(cloudDir, serverId), 'exec'), {recursive: true, mode: 0o700});
  if (engineArgs === undefined) return;
  mkdirSync(join(root, 'etc'), {recursive: true, mode: 0o700});
  writeFileSync(join(root, 'etc', 'engine-args'), engineArgs.map(arg => `${arg}\n`).join(''), {mode: 0o600});
}

export function removeMachine(cloudDir: string, serverId: string): void {
  rmSync(machineDirectory(cloudDir, serverId), {recursive: true, force: true, maxRetries: 3});
}

/** What a login finds in its environment: enough to run programs, nothing of the user's. */
export function machineEnvironment(cloudDir: string, serverId: string, searchPath: string): Record<string, string> {
  const root = machineRoot(cloudDir, serverId);
  const cache = compileCacheDir();
  return {
    ...{PATH: searchPath, HOME: root, INVENTIV_ROOT: root, [serverMark]: serverId, LANG: 'C.UTF-8'},
    ...(cache === null ? {} : {NODE_COMPILE_CACHE: cache}),
  };
}

/** Writes under the root, atomically. Paths are relative to the root, or absolute inside it. */
export async function writeMachineFile(root: string, path: string, content: Buffer, mode: number): Promise<void> {
  if (path.length === 0 || path.length > pathCharsMax || path.includes('\0'))
    throw invalid('path: expected 1 to 1024 characters');
  const target = isAbsolute(path) ? path : resolve(root, path);
  requireInside(root, target, path);
  mkdirSync(dirname(target), {recursive: true, mode: 0o700});
  // Links could lead out: the check is repeated on the real directory.
  requireInside(await realpath(root), join(await realpath(dirname(target)), 'file'), path);
  const temporary = `${target}.${process.pid}.new`;
  rmSync(temporary, {force: true});
  writeFileSync(temporary, content, {mode, flag: 'wx'});
  renameSync(temporary, target);
}

/** Sessions that a killed daemon left: their line is cut, so they get what sshd would send. */
export function hangUpLostSessions(cloudDir: string, serverId: string): void {
  const directory = join(machineDirectory(cloudDir, serverId), 'exec');
  for (const name of listOrEmpty(directory)) {
    const pid = Number(name);
    if (Number.isInteger(pid) && pid > 1 && isStillOurs(pid, serverId)) signalQuietly(-pid, 'SIGHUP');
    rmSync(join(directory, name), {force: true});
  }
}

/** Elsewhere than on Linux the pid alone would have to do, and it may be somebody else's by now: leave it. */
function isStillOurs(pid: number, serverId: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${serverMark}=${serverId}`);
  } catch {
    return false;
  }
}

function requireInside(root: string, target: string, shown: string): void {
  const way = relative(root, target);
  if (way.length > 0 && way !== '..' && !way.startsWith('../') && !isAbsolute(way)) return;
  throw new CloudError({
    type: 'invalid_arguments',
    message: `path: ${shown.slice(0, 200)} is outside this machine's directory`,
  });
}

function listOrEmpty(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
