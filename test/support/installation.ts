import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect} from 'vitest';
import {CloudInspector} from './cloud-inspector.ts';
import {processesWith} from './process-list.ts';
import {type CliOptions, type CliResult, describeResult, RunningCli} from './running-cli.ts';
import {until} from './until.ts';

export const tinyModel = 'Qwen/Qwen2.5-0.5B-Instruct';

/** The daemon of the mock cloud leaves by itself two seconds after its last call. */
const goneTimeoutMs = 10_000;

/** A fresh state directory with the built command line on it. Disposing ends whatever still runs there. */
export class Installation implements AsyncDisposable {
  readonly directory: string;
  readonly stateDir: string;
  readonly cloud: CloudInspector;
  /** What its commands find in their environment beside that of the tests. */
  readonly env: Readonly<Record<string, string>>;

  constructor({stateDir, env = {}}: {stateDir?: string; env?: Readonly<Record<string, string>>} = {}) {
    this.directory = mkdtempSync(join(tmpdir(), 'inventiv-e2e-'));
    this.stateDir = stateDir ?? join(this.directory, 'state');
    this.cloud = new CloudInspector(join(this.stateDir, 'mock'));
    this.env = {
      INVENTIV_STATE_DIR: this.stateDir,
      // Nothing of the person who runs the tests: no config file, no credentials.
      HOME: this.directory,
      // Shared by all of them, that each start need not compile anew.
      NODE_COMPILE_CACHE: join(tmpdir(), 'inventiv-test-compiled'),
      XDG_CONFIG_HOME: join(this.directory, 'config'),
      ...env,
    };
  }

  start(args: readonly string[], options: CliOptions = {}): RunningCli {
    return new RunningCli(args, {cwd: this.directory, ...options, env: {...this.env, ...options.env}});
  }

  async run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return await this.start(args, options).ended;
  }

  /** Runs a command that must succeed and gives what it printed. */
  async ok(args: readonly string[], options: CliOptions = {}): Promise<string> {
    const result = await this.run(args, options);
    expect(result.exitCode, `inventiv ${args.join(' ')}: ${describeResult(result)}`).toBe(0);
    return result.stdout;
  }

  /** The JSON document that a command prints. */
  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok([...args, '--json'])) as T;
  }

  /** Nothing is paid for, the store is sound, and every process has gone. */
  async expectNothingLeft(): Promise<void> {
    expect(await this.cloud.whatExists()).toEqual([]);
    expect(await this.json(['db', 'check'])).toEqual({sound: true, findings: []});
    await this.expectNoProcess();
  }

  async expectNoProcess(): Promise<void> {
    await this.cloud.stop();
    const left = () => processesWith(this.stateDir);
    await until('every process to end', () => left().length === 0, goneTimeoutMs).catch(() => {});
    expect(left()).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const {pid} of processesWith(this.stateDir)) kill(pid);
    await until('killed processes to end', () => processesWith(this.stateDir).length === 0);
    rmSync(this.directory, {recursive: true, force: true, maxRetries: 3});
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile.
  }
}
