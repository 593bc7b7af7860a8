import {engineDeadExitCode} from '../../src/core/bootstrap/engine-watch.ts';
import {InventivError} from '../../src/core/errors.ts';
import type {Shell, ShellOpener, ShellResult, ShellRun} from '../../src/ports/shell.ts';
import type {
  AgentInfo,
  LogPage,
  LogPageRequest,
  ReplicaWarmUp,
  ServedModel,
  WorkerClient,
  WorkerLoad,
} from '../../src/ports/worker.ts';
import type {FakeClock} from './fake-clock.ts';
import type {FakeCloud} from './fake-cloud.ts';

const shellAfterMs = 10_000;
const engineLoadMs = 30_000;
const engineModelsMs = 1000;

/** What one bootstrap script does, by its phase: the lines it prints and its exit status. */
export interface ScriptedRun {
  readonly lines?: readonly string[];
  readonly exitCode: number;
}

/**
 * The inside of the machines of a fake cloud: a login that opens some time after the boot, an engine that loads for a while
 * once it was started, an agent that tells of it.
 */
export class FakeMachine {
  readonly shell: ShellOpener;
  readonly worker: WorkerClient;
  readonly files = new Map<string, {content: string; mode: number}>();
  /** Phases of bootstrap scripts in the order in which they ran. */
  readonly runs: string[] = [];
  /** Scripted outcomes of a phase, used up one by one; without one it succeeds. */
  readonly scripted = new Map<string, ScriptedRun[]>();
  engineStartedAtMs: number | null = null;
  /** The engine's process has ended, leaving this log. */
  engineDeath: {readonly atMs: number; readonly log: readonly string[]} | null = null;
  neverHealthy = false;
  /** How long a health probe takes; a silent machine uses up the whole time-out of a probe. */
  probeMs = 0;
  info: Partial<AgentInfo> = {};
  agentAnswers = true;
  models: readonly ServedModel[] | null = null;
  load: WorkerLoad | null = null;
  warmUps: readonly ReplicaWarmUp[] | null = null;
  logs: Record<'agent' | 'engine', readonly string[] | null> = {agent: [], engine: []};
  readonly #clock: FakeClock;
  readonly #cloud: FakeCloud;

  constructor(clock: FakeClock, cloud: FakeCloud) {
    this.#clock = clock;
    this.#cloud = cloud;
    this.shell = this.#createShellOpener();
    this.worker = this.#createWorker();
  }

  /** The next run of this phase prints this and ends so. */
  script(phase: string, ...outcomes: readonly ScriptedRun[]): void {
    this.scripted.set(phase, [...(this.scripted.get(phase) ?? []), ...outcomes]);
  }

  #createShellOpener(): ShellOpener {
    const isReachable = async (serverId: string) => {
      const server = this.#cloud.servers.get(serverId);
      return (
        server !== undefined &&
        server.poweredOnAtMs !== null &&
        this.#cloud.stateOf(server) === 'running' &&
        this.#clock.nowMs() >= server.poweredOnAtMs + shellAfterMs
      );
    };
    return {
      isReachable: target => isReachable(target.serverId),
      open: async target => {
        if (!(await isReachable(target.serverId)))
          throw new InventivError('provider_unavailable', 'connection refused', {retryable: true});
        return this.#openShell();
      },
    };
  }

  #openShell(): Shell {
    return {
      run: async request => this.#run(request),
      writeFile: async (path, content, mode) => {
        this.files.set(path, {content, mode});
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #run({script, onLine}: ShellRun): ShellResult {
    const phase = /^echo "::phase::([a-z-]+)"$/m.exec(script)?.[1];
    if (script.includes('::look::')) return this.#lookAround(onLine);
    if (phase === undefined) return this.#lookAtEngine(onLine);

    this.runs.push(phase);
    const scripted = this.scripted.get(phase)?.shift() ?? {exitCode: 0, lines: [`::fact::{"${phase}":"started"}`]};
    const lines = [`::phase::${phase}`, ...(scripted.lines ?? [])];
    for (const line of lines) onLine?.(line);
    if (phase === 'stop' && scripted.exitCode === 0) {
      this.engineStartedAtMs = null;
      this.engineDeath = null;
    }
    if (phase === 'engine' && scripted.exitCode === 0) this.engineStartedAtMs ??= this.#clock.nowMs();
    return {exitCode: scripted.exitCode, outputTail: lines, durationMs: 12};
  }

  #lookAround(onLine: ShellRun['onLine']): ShellResult {
    const engine = this.engineDeath === null ? 'alive' : 'dead';
    for (const line of [...(this.logs.engine ?? []), `::engine::${engine}`]) onLine?.(line);
    return {exitCode: 0, outputTail: [], durationMs: 3};
  }

  #lookAtEngine(onLine: ShellRun['onLine']): ShellResult {
    const dead = this.engineDeath !== null && this.engineDeath.atMs <= this.#clock.nowMs();
    const log = dead ? (this.engineDeath?.log ?? []) : [];
    for (const line of log) onLine?.(line);
    return {exitCode: dead ? engineDeadExitCode : 0, outputTail: log, durationMs: 3};
  }

  #createWorker(): WorkerClient {
    const age = () => (this.engineStartedAtMs === null ? -1 : this.#clock.nowMs() - this.engineStartedAtMs);
    const isUp = () => !this.neverHealthy && this.engineDeath === null && age() >= engineLoadMs;
    return {
      isEngineHealthy: async ({signal}) => {
        await this.#clock.sleep(this.probeMs, signal);
        return isUp();
      },
      readModels: async () =>
        isUp() && age() >= engineLoadMs + engineModelsMs
          ? (this.models ?? [{id: this.#servedName(), maxModelLen: null}])
          : null,
      warmUp: async () => (isUp() ? {durationMs: 40, promptTokens: 5, completionTokens: 1} : null),
      readLoad: async () => this.load,
      readAgentInfo: async () =>
        this.agentAnswers
          ? {
              version: '1.0.0',
              sha256: 'agent-sha',
              bootId: 'boot-1',
              phase: null,
              failure: null,
              replicas: [],
              ...this.info,
            }
          : null,
      readLog: async (_target, log, request) => this.#page(this.logs[log], request),
      warmUpReplicas: async () => (this.agentAnswers ? this.warmUps : null),
    };
  }

  /** The whole log is one array; a cursor is how many of its lines were told. */
  #page(lines: readonly string[] | null, {tailLines, after}: LogPageRequest): LogPage | null {
    if (lines === null) return null;
    const cursor = String(lines.length);
    return {lines: after == null ? lines.slice(-tailLines) : lines.slice(Number(after)), cursor, hasMore: false};
  }

  /** As vLLM does without --served-model-name: what the agent was told to expect. */
  #servedName(): string {
    const config: unknown = JSON.parse(this.files.get('agent/config.json')?.content ?? '{}');
    return typeof config === 'object' && config !== null && 'expected_model_id' in config
      ? String(config.expected_model_id)
      : '';
  }
}
