import {argumentError, type RawArguments, splitArguments, UsageError} from './arguments.ts';
import type {EngineTiming} from './engine-timing.ts';
import {BLOCK_TOKENS} from './kv-cache.ts';
import {FAILURE_CODES, type FailureCode} from './start-up-failures.ts';
import {PHASE_NAMES, type PhaseName, STARTUP_PROFILES} from './start-up-phases.ts';

export interface FakeVllmOptions {
  model: string;
  servedModelNames: string[];
  host: string;
  port: number;
  apiKeys: string[];
  maxModelLen: number;
  maxNumSeqs: number;
  maxQueuedRequests: number | null;
  maxQueuedTokens: number | null;
  numGpuBlocks: number;
  gpuMemoryUtilization: number;
  prefixCaching: boolean;
  tensorParallelSize: number;
  pipelineParallelSize: number;
  dataParallelSize: number;
  seed: number;
  autoToolChoice: boolean;
  toolCallParser: string | null;
  reasoningParser: string | null;
  promptTokensDetails: boolean;
  forceIncludeUsage: boolean;
  serverLoadTracking: boolean;
  requestIdHeaders: boolean;
  perRequestMetrics: boolean;
  logStats: boolean;
  accessLog: boolean;
  shutdownTimeoutMs: number;
  task: 'generate' | 'embed' | 'score' | 'transcribe' | 'both';
  startupMs: number;
  phaseMs: Partial<Record<PhaseName, number>>;
  failure: {code: FailureCode; phase: PhaseName | null} | null;
  dieAfterMs: number | null;
  dieAfterRequests: number | null;
  timing: EngineTiming;
  outputTokens: number | null;
  embeddingDimensions: number;
  gpus: number;
  attentionHeads: number;
  weightsGib: number;
  version: string;
  /** `null` = off, 0 = the system chooses. */
  controlPort: number | null;
  help: boolean;
  /** What was given on the command line, for the log. */
  nonDefault: Record<string, unknown>;
}

const MODEL_DEFAULT = 'Qwen/Qwen3-0.6B';
const CONTEXT_DEFAULT = 32_768;
const STARTUP_MS_DEFAULT = 100;
/** Enough for two full contexts and never fewer than 32,768 tokens. */
const BLOCKS_MIN_DEFAULT = 2048;

/** Parses the command line once; everything after works on typed values. Throws `UsageError`. */
export function parseOptions(argv: readonly string[], env: {VLLM_API_KEY?: string | undefined}): FakeVllmOptions {
  const raw = splitArguments(argv);
  const read = reader(raw);
  const model = raw.model ?? read.text('model') ?? MODEL_DEFAULT;
  const maxModelLen = contextLength(read.text('max-model-len'));
  const dataParallelSize = read.integer('data-parallel-size', 1, 1);
  return {
    model,
    servedModelNames: read.list('served-model-name', [model]),
    host: read.text('host') ?? '127.0.0.1',
    port: read.integer('port', 8000, 0),
    apiKeys: read.list('api-key', env.VLLM_API_KEY ? [env.VLLM_API_KEY] : []),
    maxModelLen,
    maxNumSeqs: read.integer('max-num-seqs', 256, 1),
    maxQueuedRequests: read.optionalInteger('max-num-queued-reqs'),
    maxQueuedTokens: read.optionalInteger('max-num-queued-tokens'),
    numGpuBlocks: read.integer(
      'num-gpu-blocks-override',
      Math.max(BLOCKS_MIN_DEFAULT, 2 * Math.ceil(maxModelLen / BLOCK_TOKENS)),
      1,
    ),
    gpuMemoryUtilization: read.number('gpu-memory-utilization', 0.92),
    prefixCaching: read.flag('enable-prefix-caching', true),
    tensorParallelSize: read.integer('tensor-parallel-size', 1, 1),
    pipelineParallelSize: read.integer('pipeline-parallel-size', 1, 1),
    dataParallelSize,
    seed: read.integer('seed', 0, 0),
    autoToolChoice: read.flag('enable-auto-tool-choice', false),
    toolCallParser: read.text('tool-call-parser'),
    reasoningParser: read.text('reasoning-parser'),
    promptTokensDetails: read.flag('enable-prompt-tokens-details', false),
    forceIncludeUsage: read.flag('enable-force-include-usage', false),
    serverLoadTracking: read.flag('enable-server-load-tracking', false),
    requestIdHeaders: read.flag('enable-request-id-headers', false),
    perRequestMetrics: read.flag('enable-per-request-metrics', false),
    logStats: !read.flag('disable-log-stats', false),
    accessLog: !read.flag('disable-uvicorn-access-log', false),
    shutdownTimeoutMs: Math.round(read.number('shutdown-timeout', 5) * 1000),
    task: read.choice('task', ['generate', 'embed', 'score', 'transcribe', 'both'], 'both'),
    startupMs: read.number('startup-ms', profileMs(read.text('startup-profile'))),
    phaseMs: phaseTimes(read.list('phase-ms', [])),
    failure: failure(read.text('fail')),
    dieAfterMs: read.optionalInteger('die-after-ms'),
    dieAfterRequests: read.optionalInteger('die-after-requests'),
    timing: {
      ttftMs: read.number('ttft-ms', 2),
      itlMs: read.number('itl-ms', 1),
      prefillUsPerToken: read.number('prefill-us-per-token', 2),
      jitter: Math.min(1, read.number('jitter', 0.1)),
      loadFactor: read.number('load-factor', 1),
      tokensPerStep: read.integer('tokens-per-step', 1, 1),
    },
    outputTokens: read.optionalInteger('output-len'),
    embeddingDimensions: read.integer('embedding-dim', 384, 1),
    gpus: read.integer('gpus', 8, 0),
    attentionHeads: read.integer('attention-heads', 64, 1),
    weightsGib: read.number('weights-gib', 15.3),
    version: read.text('vllm-version') ?? '0.27.1',
    controlPort: controlPort(read.text('control-port')),
    help: read.flag('help', false),
    nonDefault: Object.fromEntries([
      ['model_tag', model],
      ...[...raw.values]
        .filter(([name]) => name !== 'api-key')
        .map(([name, list]) => [name.replaceAll('-', '_'), list.at(-1)]),
      ...[...raw.switches].map(([name, on]) => [name.replaceAll('-', '_'), on]),
    ]),
  };
}

function reader(raw: RawArguments) {
  const text = (name: string): string | null => raw.values.get(name)?.at(-1) ?? null;
  const number = (name: string, otherwise: number): number => {
    const given = text(name);
    if (given === null) return otherwise;
    const value = Number(given);
    if (given.trim() === '' || !Number.isFinite(value) || value < 0) {
      throw argumentError(name, `invalid float value: '${given}'`);
    }
    return value;
  };
  const integer = (name: string, otherwise: number, min: number): number => {
    const given = text(name);
    if (given === null) return otherwise;
    const value = Number(given);
    if (!/^\d+$/.test(given) || value < min) throw argumentError(name, `invalid int value: '${given}'`);
    return value;
  };
  return {
    text,
    number,
    integer,
    optionalInteger: (name: string): number | null => (text(name) === null ? null : integer(name, 0, 0)),
    list: (name: string, otherwise: string[]): string[] => [...(raw.values.get(name) ?? otherwise)],
    flag: (name: string, otherwise: boolean): boolean => raw.switches.get(name) ?? otherwise,
    choice<Choice extends string>(name: string, choices: readonly Choice[], otherwise: Choice): Choice {
      const given = text(name);
      if (given === null) return otherwise;
      const found = choices.find(choice => choice === given);
      if (found === undefined) {
        throw argumentError(name, `invalid choice: '${given}' (choose from ${choices.join(', ')})`);
      }
      return found;
    },
  };
}

/** `4096`, `16k` (16,000), `16K` (16,384), `-1` and `auto` (what the model has), as vLLM reads them. */
function contextLength(given: string | null): number {
  if (given === null || given === '-1' || given === 'auto') return CONTEXT_DEFAULT;
  const match = /^(\d+(?:\.\d+)?)([kKmM]?)$/.exec(given);
  const factor = {k: 1000, K: 1024, m: 1_000_000, M: 1_048_576}[match?.[2] ?? ''] ?? 1;
  const value = Math.floor(Number(match?.[1]) * factor);
  if (!(value >= 1)) throw argumentError('max-model-len', `invalid human_readable_int_or_auto value: '${given}'`);
  return value;
}

function profileMs(name: string | null): number {
  if (name === null) return STARTUP_MS_DEFAULT;
  const profile = STARTUP_PROFILES[name];
  if (profile !== undefined) return profile;
  const known = Object.keys(STARTUP_PROFILES).join(', ');
  throw argumentError('startup-profile', `invalid choice: '${name}' (choose from ${known})`);
}

function phaseTimes(given: readonly string[]): Partial<Record<PhaseName, number>> {
  const times: Partial<Record<PhaseName, number>> = {};
  for (const item of given) {
    const [name = '', ms = ''] = item.split('=');
    if (!/^\d+$/.test(ms)) throw argumentError('phase-ms', `expected PHASE=MS, got '${item}'`);
    times[phaseName(name, 'phase-ms')] = Number(ms);
  }
  return times;
}

function failure(given: string | null): FakeVllmOptions['failure'] {
  if (given === null) return null;
  const [code = '', phase] = given.split('@');
  const known = FAILURE_CODES.find(name => name === code);
  if (known === undefined) {
    throw argumentError('fail', `unknown failure '${code}' (choose from ${FAILURE_CODES.join(', ')})`);
  }
  return {code: known, phase: phase === undefined ? null : phaseName(phase, 'fail')};
}

function phaseName(given: string, flag: string): PhaseName {
  const known = PHASE_NAMES.find(name => name === given);
  if (known === undefined) {
    throw argumentError(flag, `unknown phase '${given}' (choose from ${PHASE_NAMES.join(', ')})`);
  }
  return known;
}

function controlPort(given: string | null): number | null {
  if (given === null || given === '0') return null;
  if (given === 'auto') return 0;
  if (!/^\d+$/.test(given)) throw new UsageError(`argument --control-port: invalid int value: '${given}'`);
  return Number(given);
}
