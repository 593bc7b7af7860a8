import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';

const root = join(import.meta.dirname, '..', '..');
export const binPath = join(root, 'bin', 'run.js');

export interface CliResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly stdin?: string | undefined;
  /** It is killed after this long, and the result says so by its signal. */
  readonly timeoutMs?: number | undefined;
  /** Instead of a pipe that collects it: where stdout goes. */
  readonly stdoutFd?: number | undefined;
}

const timeoutMsDefault = 60_000;

/** The built command line as a process of its own: what it printed, line by line, and how it ended. */
export class RunningCli {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  #stdout = '';
  #stderr = '';
  #watchers = new Set<() => void>();
  #result: CliResult | null = null;

  constructor(args: readonly string[], {env = {}, cwd, stdin, timeoutMs = timeoutMsDefault, stdoutFd}: CliOptions) {
    const child = spawn(process.execPath, [binPath, ...args], {
      cwd,
      env: {...process.env, NO_COLOR: '1', ...env},
      stdio: ['pipe', stdoutFd ?? 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    this.process = child;
    // A command that never reads its input may be gone before it is written.
    child.stdin?.on('error', () => {});
    child.stdin?.end(stdin ?? '');
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#notify();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#notify();
    });
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => {
        this.#result = {exitCode, signal, stdout: this.#stdout, stderr: this.#stderr};
        resolve(this.#result);
        this.#notify();
      });
    });
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error('the command did not start');
    return this.process.pid;
  }

  get hasEnded(): boolean {
    return this.#result !== null;
  }

  /** Resolves with the first match in what was printed so far on both streams; rejects if it ends without one. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(`${this.#stdout}\n${this.#stderr}`);
      if (match !== null) return match;
      if (this.#result !== null) throw new Error(`ended without ${pattern}:\n${describeResult(this.#result)}`);
      await this.#change();
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async #change(): Promise<void> {
    const {promise, resolve} = Promise.withResolvers<void>();
    this.#watchers.add(resolve);
    await promise;
    this.#watchers.delete(resolve);
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

export function describeResult({exitCode, signal, stdout, stderr}: CliResult): string {
  return `exit ${exitCode ?? signal}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
}
