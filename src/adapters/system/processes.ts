import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {hostname} from 'node:os';
import type {Processes} from '../../ports/processes.ts';

/** Tells a live process from a dead one by its id and its start time, because ids are reused. */
export function systemProcesses(): Processes {
  const host = hostname();
  let selfOwner: string | undefined;
  return {
    // Made when first asked for: a command that only reads takes no lease, and randomness is slow to load.
    get selfOwner() {
      selfOwner ??= nameOfSelf(host);
      return selfOwner;
    },
    isKnownDead(owner) {
      const [ownerHost, pidText, startTime] = owner.split(':');
      const pid = Number(pidText);
      if (owner === selfOwner || ownerHost !== host || !Number.isSafeInteger(pid) || pid <= 0) return false;
      if (!isAlive(pid)) return true;
      const started = startTimeOf(pid);
      return started !== null && startTime !== 'unknown' && started !== startTime;
    },
  };
}

function nameOfSelf(host: string): string {
  return [host, process.pid, startTimeOf(process.pid) ?? 'unknown', randomBytes(4).toString('hex')].join(':');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, in clock ticks since boot; null where there is no /proc. The name in field 2 may hold spaces. */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
