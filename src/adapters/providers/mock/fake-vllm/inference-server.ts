import type {EngineClock} from './clock.ts';
import {Engine} from './engine.ts';
import {EngineMetrics} from './engine-metrics.ts';
import {Faults} from './faults.ts';
import {BLOCK_TOKENS} from './kv-cache.ts';
import type {ServerLog} from './log-lines.ts';
import {MetricsRegistry} from './metrics.ts';
import {engineDead, queueFull} from './openai-errors.ts';
import type {FakeVllmOptions} from './options.ts';
import {RequestLedger} from './request-ledger.ts';
import type {Sequence, SequenceRequest} from './sequence.ts';
import {engineDeathTraceback} from './tracebacks.ts';
import {VllmMetrics} from './vllm-metrics.ts';

/** Time between a dead engine (`/health` 503) and the end of the process. */
const DEATH_LINGER_MS = 200;

interface Rank {
  engine: Engine;
  metrics: EngineMetrics;
}

interface Surroundings {
  clock: EngineClock;
  log: ServerLog;
  newHexId: () => string;
  exit: (code: number) => void;
}

/** The engines of one server with what surrounds them: admission, faults, ledger and life. Knows nothing about HTTP. */
export class InferenceServer {
  readonly options: FakeVllmOptions;
  readonly clock: EngineClock;
  readonly log: ServerLog;
  /** 16 random hexadecimal digits. */
  readonly newHexId: () => string;
  readonly registry = new MetricsRegistry();
  readonly faults = new Faults();
  readonly ledger = new RequestLedger();
  readonly #ranks: Rank[];
  readonly #exit: (code: number) => void;
  #alive = true;
  #requests = 0;
  #diesAtFirstRequest: string | null = null;

  constructor(options: FakeVllmOptions, surroundings: Surroundings) {
    this.options = options;
    this.clock = surroundings.clock;
    this.log = surroundings.log;
    this.newHexId = surroundings.newHexId;
    this.#exit = surroundings.exit;
    const metrics = new VllmMetrics(options.logStats ? this.registry : new MetricsRegistry(), options.maxModelLen);
    this.#ranks = Array.from({length: options.dataParallelSize}, (_, index) => {
      const forEngine = new EngineMetrics(metrics, this.modelName, index);
      metrics.cacheConfig.set(cacheConfigLabels(options, index), 1);
      return {metrics: forEngine, engine: new Engine({...options, seed: options.seed + index}, this.clock, forEngine)};
    });
  }

  /** The first served name: it labels metrics and answers. */
  get modelName(): string {
    return this.options.servedModelNames[0] ?? this.options.model;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get engines(): Engine[] {
    return this.#ranks.map(({engine}) => engine);
  }

  get running(): number {
    return this.engines.reduce((sum, engine) => sum + engine.running, 0);
  }

  get waiting(): number {
    return this.engines.reduce((sum, engine) => sum + engine.waiting, 0);
  }

  /** Called when the API starts to listen: clocks that run from readiness start here. */
  becameReady(diesAtFirstRequest: string | null): void {
    this.#diesAtFirstRequest = diesAtFirstRequest;
    const {dieAfterMs} = this.options;
    if (dieAfterMs !== null) this.clock.after(dieAfterMs, () => this.die(`scripted death after ${dieAfterMs} ms`, 1));
  }

  /**
   * Lets a request with `choices` sequences in, or throws: 500 when the engine is dead, 503 when a limit is reached.
   * As in vLLM, `--max-num-queued-reqs` counts waiting and running sequences of all ranks.
   */
  admit(choices: number): void {
    this.#requests += 1;
    if (this.#diesAtFirstRequest !== null) this.die(this.#diesAtFirstRequest, 1);
    else if (this.#requests === this.options.dieAfterRequests)
      this.die(`scripted death at request ${this.#requests}`, 1);
    if (!this.#alive) throw engineDead();
    const {maxQueuedRequests, maxQueuedTokens} = this.options;
    const isOver = maxQueuedRequests !== null && this.running + this.waiting + choices > maxQueuedRequests;
    if (isOver || this.faults.takeQueueFull()) {
      this.#ranks[0]?.metrics.rejected('max_num_queued_reqs');
      throw queueFull(`max_num_queued_reqs=${maxQueuedRequests ?? 0}`);
    }
    const inPrefill = this.engines.reduce((sum, engine) => sum + engine.tokensBeforeFirst, 0);
    if (maxQueuedTokens !== null && inPrefill >= maxQueuedTokens) {
      this.#ranks[0]?.metrics.rejected('max_num_queued_tokens');
      throw queueFull(`max_num_queued_tokens=${maxQueuedTokens}`);
    }
  }

  /** Gives the sequence to the least loaded rank. The returned function aborts it. */
  submit(request: SequenceRequest): {sequence: Sequence; abort: () => void} {
    const load = ({waiting, running}: Engine): number => waiting * 4 + running;
    const engine = this.engines.reduce((best, next) => (load(next) < load(best) ? next : best));
    const sequence = engine.submit(request);
    return {sequence, abort: () => engine.abort(sequence)};
  }

  setWedged(wedged: boolean): void {
    this.faults.wedged = wedged;
    for (const engine of this.engines) engine.setWedged(wedged);
  }

  setSlowFactor(factor: number): void {
    this.faults.slowFactor = factor;
    for (const engine of this.engines) engine.setSlowFactor(factor);
  }

  /** Faults off, ledger empty, idle cache gone. Prometheus counters stay: they never go back in a living process. */
  reset(): void {
    this.faults.clear();
    this.setSlowFactor(1);
    this.setWedged(false);
    this.ledger.clear();
    for (const engine of this.engines) engine.kv.dropIdle();
  }

  /** The engine process is gone: requests fail, `/health` is 503, and shortly after the server exits too. */
  die(cause: string, exitCode: number, lingerMs = DEATH_LINGER_MS): void {
    if (!this.#alive) return;
    this.#alive = false;
    engineDeathTraceback(cause, this.log);
    for (const engine of this.engines) engine.die();
    this.clock.after(lingerMs, () => this.#exit(exitCode));
  }
}

function cacheConfigLabels(options: FakeVllmOptions, engineIndex: number): Record<string, string> {
  return {
    block_size: String(BLOCK_TOKENS),
    cache_dtype: 'auto',
    enable_prefix_caching: options.prefixCaching ? 'True' : 'False',
    engine: String(engineIndex),
    gpu_memory_utilization: String(options.gpuMemoryUtilization),
    num_gpu_blocks: String(options.numGpuBlocks),
  };
}
