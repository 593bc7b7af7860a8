import {readdirSync, readFileSync, readlinkSync, realpathSync} from 'node:fs';
import {join, sep} from 'node:path';
import {setTimeout as sleepMs} from 'node:timers/promises';
import {processStart} from './process-identity.ts';

/** The mark by which everything started inside a server is found again, daemons in sessions of their own too. */
export const serverMark = 'INVENTIV_MOCK_SERVER';
/** What a machine that is switched off leaves its processes. */
const terminateGraceMs = 1_000;
const pollMs = 15;
const killedWaitMs = 5_000;
const roundsMax = 20;

/** Ends every process of a server: asks, waits a bounded time, kills. Resolves when none is left. */
export async function endServerProcesses(serverId: string, root: string): Promise<void> {
  const killFromMs = performance.now() + terminateGraceMs;
  // A process may fork while the list is read, so a list counts only when it comes back empty.
  for (let round = 0; round < roundsMax; round++) {
    const pids = serverProcesses(serverId, root);
    if (pids.length === 0) return;
    const isPolite = performance.now() < killFromMs;
    signalAll(pids, isPolite ? 'SIGTERM' : 'SIGKILL');
    await untilEnded(pids, isPolite ? killFromMs : performance.now() + killedWaitMs);
  }
}

async function untilEnded(pids: readonly number[], untilMs: number): Promise<void> {
  while (performance.now() < untilMs && pids.some(pid => processStart(pid) !== null)) await sleepMs(pollMs);
}

/** The processes of a server by their environment or working directory; elsewhere than Linux by the pid files they left. */
export function serverProcesses(serverId: string, root: string): number[] {
  return process.platform === 'linux' ? fromProc(serverId, root) : fromPidFiles(root);
}

function fromProc(serverId: string, root: string): number[] {
  const mark = `${serverMark}=${serverId}`;
  const realRoot = realPathOr(root);
  return readdirSync('/proc').flatMap(name => {
    const pid = Number(name);
    const isOurs = Number.isInteger(pid) && pid !== process.pid && (hasMark(pid, mark) || isInside(pid, realRoot));
    return isOurs ? [pid] : [];
  });
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false;
  }
}

function isInside(pid: number, root: string): boolean {
  try {
    const directory = readlinkSync(`/proc/${pid}/cwd`);
    return directory === root || directory.startsWith(root + sep);
  } catch {
    return false;
  }
}

/** `run/*.pid` is the convention of daemons, and open sessions are named by their pid; the group goes with the leader. */
function fromPidFiles(root: string): number[] {
  const daemons = namesIn(join(root, 'run')).filter(name => name.endsWith('.pid'));
  const pids = [
    ...daemons.map(name => Number(readFileSync(join(root, 'run', name), 'utf8').trim())),
    ...namesIn(join(root, '..', 'exec')).map(Number),
  ];
  return pids.filter(pid => Number.isInteger(pid) && pid > 1 && processStart(pid) !== null);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function signalAll(pids: readonly number[], signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const pid of pids) {
    signalQuietly(pid, signal);
    if (process.platform !== 'linux') signalQuietly(-pid, signal);
  }
}

export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in the meantime: that is what was wanted.
  }
}

function realPathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
