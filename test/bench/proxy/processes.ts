import type {ChildProcess, StdioOptions} from 'node:child_process';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {connect} from 'node:net';

const clockTicksPerSecond = 100;
const startTimeoutMs = 20_000;

/** CPU seconds and resident memory of a process and all its descendants, from /proc/PID/stat and status. */
export function readUse(pid: number): {cpuSeconds: number; rssMb: number} {
  let cpuSeconds = 0;
  let rssKb = 0;
  for (const each of family(pid)) {
    const stat = readFileSync(`/proc/${each}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpuSeconds += (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
    rssKb += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${each}/status`, 'latin1'))?.[1] ?? 0);
  }

  return {cpuSeconds, rssMb: rssKb / 1024};
}

/** Starts a program bound to these cores, where `taskset` is there. */
export function startOn(
  cores: string | null,
  command: readonly string[],
  options: {stdio: StdioOptions; env?: NodeJS.ProcessEnv; cwd?: string},
): ChildProcess {
  const [program = '', ...args] = cores === null ? command : ['taskset', '-c', cores, ...command];
  return spawn(program, args, options);
}

/** The next message of a child; rejects when it ends without one. */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const abort = new AbortController();
  const [message] = await Promise.race([
    once(child, 'message', {signal: abort.signal}),
    once(child, 'exit', {signal: abort.signal}).then(([code]) => {
      throw new Error(`a process of the bench ended with ${code}`);
    }),
  ]).finally(() => abort.abort());
  return message as T;
}

/** Ends a child and waits for its end. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

/** Resolves when something accepts connections there. */
export async function listening(port: number): Promise<void> {
  const untilMs = performance.now() + startTimeoutMs;
  while (performance.now() < untilMs) {
    const socket = connect({port, host: '127.0.0.1'});
    const isOpen = await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }

  throw new Error(`nothing listens on port ${port}`);
}

function family(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // Ended meanwhile.
    }
  }

  const found = [pid];
  for (const each of found) for (const [child, parent] of parents) if (parent === each) found.push(child);
  return found;
}
