import {appendFileSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {callsPath, scenarioPath, type VmCall, type VmScenario} from '../scenario.ts';

const goneCheckMs = 5;

/** What ends a stand-in: its text goes to standard error as it is. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number, text = '') {
    super(text);
    this.code = code;
  }
}

/** Runs a stand-in: its call is kept, what it throws becomes its exit status. */
export async function runProgram(
  program: string,
  main: (argv: readonly string[], scenario: VmScenario) => Promise<void> | void,
): Promise<void> {
  const argv = process.argv.slice(2);
  process.stdout.on('error', () => {});
  keepCall({program, argv, atMs: Date.now()});
  try {
    await main(argv, readScenario());
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    if (error.message !== '') process.stderr.write(`${error.message}\n`);
    process.exitCode = error.code;
  }
}

export function readScenario(): VmScenario {
  return readJson<VmScenario>(scenarioPath);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The shape is the writer's, which is another program of this directory. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

export function readJsonOr<T>(path: string, otherwise: T): T {
  try {
    return readJson<T>(path);
  } catch {
    return otherwise;
  }
}

export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, JSON.stringify(value, null, 1));
  renameSync(temporary, path);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Signals a process, or with a negative id a group; one that ended meanwhile is past signals. */
export function signalIfThere(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Kills what is left of a process group; none of it is there afterwards. */
export async function endGroup(leaderPid: number): Promise<void> {
  signalIfThere(-leaderPid, 'SIGKILL');
  while (signalIfThere(-leaderPid, 0)) await sleep(goneCheckMs);
}

function keepCall(call: VmCall): void {
  try {
    appendFileSync(callsPath, `${JSON.stringify(call)}\n`);
  } catch {
    // Without the share there is nobody to tell.
  }
}
