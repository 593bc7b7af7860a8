import type {ServerLog} from './log-lines.ts';
import {withThousands} from './log-lines.ts';

export const PHASE_NAMES = [
  'boot',
  'config',
  'download',
  'init_gpu',
  'load',
  'compile',
  'kv',
  'graphs',
  'serving',
] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

/** Total start-up times as recorded on real machines with a warm cache. */
export const STARTUP_PROFILES: Readonly<Record<string, number>> = {
  instant: 0,
  'warm-3b': 59_000,
  'warm-8b': 90_000,
  'moe-35b': 277_000,
  'fp8-70b': 215_000,
};

/** What the log lines tell about this server. */
export interface StartUpFacts {
  model: string;
  version: string;
  maxModelLen: number;
  tensorParallelSize: number;
  numGpuBlocks: number;
  blockTokens: number;
  weightsGib: number;
  nonDefault: Readonly<Record<string, unknown>>;
  startupMs: number;
}

export interface Phase {
  name: PhaseName;
  /** Part of the whole start-up time; the download has none unless asked for, as with a filled cache. */
  share: number;
  /** Steps are spread evenly over the phase's time. */
  steps(facts: StartUpFacts): ((log: ServerLog) => void)[];
}

const SHARDS = 4;
const GRAPHS = 4;

export const PHASES: readonly Phase[] = [
  {
    name: 'boot',
    share: 0.06,
    steps: facts => [
      log => log.api('INFO', 'utils.py:302', `vLLM API server version ${facts.version}`),
      log => log.api('INFO', 'utils.py:238', `non-default args: ${pythonDict(facts.nonDefault)}`),
    ],
  },
  {
    name: 'config',
    share: 0.08,
    steps: facts => [
      log => log.api('INFO', 'model.py:514', `Resolved architecture: ${architecture(facts.model)}`),
      log => log.api('INFO', 'model.py:1556', `Using max model len ${facts.maxModelLen}`),
      log => log.api('INFO', 'scheduler.py:222', 'Chunked prefill is enabled with max_num_batched_tokens=8192.'),
    ],
  },
  {
    name: 'download',
    share: 0,
    steps: facts =>
      [25, 50, 75, 100].map(percent => (log: ServerLog) => {
        const done = ((facts.weightsGib * percent) / 100).toFixed(1);
        log.progress(
          `Downloading weights: ${percent}%|${bar(percent)}| ${done}G/${facts.weightsGib.toFixed(1)}G`,
          percent === 100,
        );
      }),
  },
  {
    name: 'init_gpu',
    share: 0.1,
    steps: facts => [
      log =>
        log.engine(
          'INFO',
          'core.py:96',
          `Initializing a V1 LLM engine (v${facts.version}) with config: model='${facts.model}', ` +
            `max_seq_len=${facts.maxModelLen}, tensor_parallel_size=${facts.tensorParallelSize}`,
        ),
      ...Array.from({length: facts.tensorParallelSize}, (_, rank) => (log: ServerLog) => {
        const text = `rank ${rank} in world size ${facts.tensorParallelSize} is assigned as DP rank 0, PP rank 0, TP rank ${rank}`;
        log.engine('INFO', 'parallel_state.py:1208', text);
      }),
    ],
  },
  {
    name: 'load',
    share: 0.35,
    steps: facts => [
      log => log.engine('INFO', 'gpu_model_runner.py:4021', `Starting to load model ${facts.model}...`),
      ...Array.from({length: SHARDS + 1}, (_, shard) => (log: ServerLog) => {
        const percent = Math.round((shard * 100) / SHARDS);
        log.progress(
          `Loading safetensors checkpoint shards: ${String(percent).padStart(3)}% Completed | ${shard}/${SHARDS}`,
          shard === SHARDS,
        );
      }),
      log => log.engine('INFO', 'default_loader.py:291', `Loading weights took ${tookSeconds(facts, 0.3)} seconds`),
      log => {
        const text = `Model loading took ${facts.weightsGib.toFixed(2)} GiB memory and ${tookSeconds(facts, 0.35)} seconds`;
        log.engine('INFO', 'gpu_model_runner.py:4118', text);
      },
    ],
  },
  {
    name: 'compile',
    share: 0.15,
    steps: facts => [
      log => log.engine('INFO', 'backends.py:860', 'Using cache directory: /root/.cache/vllm/torch_compile_cache'),
      log => {
        const text = `Directly load the compiled graph(s) for compile range (1, 8192) from the cache, took ${tookSeconds(facts, 0.05)} s`;
        log.engine('INFO', 'backends.py:931', text);
      },
      log => log.engine('INFO', 'monitor.py:34', `torch.compile takes ${tookSeconds(facts, 0.15)} s in total`),
    ],
  },
  {
    name: 'kv',
    share: 0.06,
    steps: facts => {
      const tokens = facts.numGpuBlocks * facts.blockTokens;
      const gib = (tokens * KV_BYTES_PER_TOKEN) / 2 ** 30;
      const times = (tokens / facts.maxModelLen).toFixed(2);
      return [
        log => log.engine('INFO', 'gpu_worker.py:423', `Available KV cache memory: ${gib.toFixed(2)} GiB`),
        log => log.engine('INFO', 'kv_cache_utils.py:1304', `GPU KV cache size: ${withThousands(tokens)} tokens`),
        log => {
          const text = `Maximum concurrency for ${withThousands(facts.maxModelLen)} tokens per request: ${times}x`;
          log.engine('INFO', 'kv_cache_utils.py:1309', text);
        },
      ];
    },
  },
  {
    name: 'graphs',
    share: 0.17,
    steps: facts => [
      ...Array.from({length: GRAPHS + 1}, (_, graph) => (log: ServerLog) => {
        const percent = Math.round((graph * 100) / GRAPHS);
        const text = `Capturing CUDA graphs (mixed prefill-decode, PIECEWISE): ${String(percent).padStart(3)}%|${bar(percent)}| ${graph}/${GRAPHS}`;
        log.progress(text, graph === GRAPHS);
      }),
      log =>
        log.engine(
          'INFO',
          'gpu_model_runner.py:5063',
          `Graph capturing finished in ${tookSeconds(facts, 0.17)} secs, took 0.62 GiB`,
        ),
      log => {
        const text = `init engine (profile, create kv cache, warmup model) took ${tookSeconds(facts, 0.38)} seconds`;
        log.engine('INFO', 'core.py:272', text);
      },
    ],
  },
  {
    name: 'serving',
    share: 0.03,
    steps: () => [log => log.api('INFO', 'api_server.py:946', "Supported tasks: ['generate', 'embed']")],
  },
];

/** bf16 KV of an 8B model: 2 x 32 layers x 8 heads x 128 x 2 bytes. */
export const KV_BYTES_PER_TOKEN = 131_072;

function tookSeconds(facts: StartUpFacts, share: number): string {
  return ((facts.startupMs * share) / 1000).toFixed(2);
}

function bar(percent: number): string {
  const full = Math.round(percent / 10);
  return '█'.repeat(full) + ' '.repeat(10 - full);
}

function architecture(model: string): string {
  const family = ['Qwen3', 'Qwen2', 'Llama', 'Mistral', 'Gemma3', 'GptOss'].find(name =>
    model.toLowerCase().replaceAll('-', '').includes(name.toLowerCase()),
  );
  return `${family ?? 'Llama'}ForCausalLM`;
}

function pythonDict(values: Readonly<Record<string, unknown>>): string {
  const text = (value: unknown): string =>
    typeof value === 'boolean' ? (value ? 'True' : 'False') : `'${String(value)}'`;
  return `{${Object.entries(values)
    .map(([name, value]) => `'${name}': ${text(value)}`)
    .join(', ')}}`;
}
