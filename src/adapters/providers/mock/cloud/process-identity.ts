import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';

const psTimeoutMs = 2_000;

/** When a process began, in the system's own words: with the pid it names a process for good. Null = no such process. */
export function processStart(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return null;
  }
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)), and null for a zombie: it holds no file, port or lock any more. */
function startFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function startFromPs(pid: number): string | null {
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {encoding: 'utf8', timeout: psTimeoutMs}).trim() || null
    );
  } catch {
    return null;
  }
}
