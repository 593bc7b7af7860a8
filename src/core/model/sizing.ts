import type {InstanceType} from '../catalog/instance-type.ts';
import {refuseGpu} from './gpu-support.ts';
import type {KvCacheDtype} from './kv-cache.ts';
import {kvBytesPerToken, kvCopies} from './kv-cache.ts';
import type {ModelSpec} from './model.ts';
import {weightsGib} from './model.ts';

/** `mono`: one vLLM over all GPUs of the machine. `multi`: one vLLM per GPU behind a balancer. */
export const VLLM_MODES = ['mono', 'multi'] as const;
export type VllmMode = (typeof VLLM_MODES)[number];

export const GPU_MEMORY_UTILIZATION_DEFAULT = 0.9;
/** CUDA context, activations and CUDA graphs; more per GPU when ranks talk to each other. */
const OVERHEAD_GIB_ONE_GPU = 1.5;
const OVERHEAD_GIB_PER_GPU_PARALLEL = 2.5;
const BYTES_PER_GIB = 2 ** 30;
/** vLLM hands out the cache in blocks of this many tokens. */
const KV_BLOCK_TOKENS = 16;

export type SizingOptions = {
  /** Context to serve, in tokens; default: the model's own default. */
  maxModelLen?: number;
  /** Share of each GPU vLLM may take, above 0 up to 1. */
  gpuMemoryUtilization?: number;
  kvCacheDtype?: KvCacheDtype;
  mode?: VllmMode;
  /** Requests to hold at the same time over the whole machine. Given with meanContextTokens or at the full context. */
  concurrency?: number;
  meanContextTokens?: number;
};

export type SizingRefusalCode =
  | 'BAD_OPTION'
  | 'NO_GPU'
  | 'GPU_ARCH'
  | 'TP_INVALID'
  | 'CONTEXT_TOO_LONG'
  | 'VRAM_TOO_SMALL'
  | 'WEIGHTS_TOO_BIG'
  | 'KV_TOO_SMALL'
  | 'LOAD_TOO_HIGH';

export type SizingRefusal = {code: SizingRefusalCode; text: string; hint?: string};

/** Every line of the arithmetic for one replica, and the verdict for the machine. All GiB are 2^30 bytes. */
export type SizingResult = {
  modelId: string;
  typeName: string;
  mode: VllmMode;
  /** vLLM processes on the machine: 1 for mono, the GPU count for multi. */
  replicas: number;
  /** GPUs of one replica. */
  tensorParallelSize: number;
  maxModelLen: number;
  gpuMemoryUtilization: number;
  kvCacheDtype: KvCacheDtype;
  effectiveVramGib: number;
  usableVramGib: number;
  weightsGib: number;
  overheadGib: number;
  /** What is left for the KV cache; negative when the weights alone do not fit. */
  kvBudgetGib: number;
  kvBytesPerToken: number;
  /** Times each token is stored over the GPUs of a replica. */
  kvCopies: number;
  /** Tokens the cache of one replica holds; null = the model keeps no cache (encoder). */
  kvTokens: number | null;
  /** Full-context requests one replica holds at once; null as above. */
  fullContextRequests: number | null;
  /** The longest context that would start here; 0 when none would. */
  maxModelLenThatFits: number;
  /** Tokens the asked load keeps in the cache of one replica; null when no load was given. */
  loadTokensPerReplica: number | null;
  /** The model's row is partly estimated, so the result is too. */
  estimated: boolean;
} & ({fits: true; refusal?: undefined} | {fits: false; refusal: SizingRefusal});

/** Can this machine start and serve this model? Total: bad options and impossible machines are results, not throws. */
export function sizeModel(model: ModelSpec, type: InstanceType, options: SizingOptions = {}): SizingResult {
  const mode = options.mode ?? 'mono';
  const gpuMemoryUtilization = options.gpuMemoryUtilization ?? GPU_MEMORY_UTILIZATION_DEFAULT;
  const kvCacheDtype = options.kvCacheDtype ?? 'auto';
  const maxModelLen = options.maxModelLen ?? model.defaultMaxModelLen;
  const replicas = mode === 'multi' ? Math.max(1, type.gpuCount) : 1;
  const tensorParallelSize = mode === 'multi' ? Math.min(1, type.gpuCount) : type.gpuCount;

  const effectiveVramGib = tensorParallelSize * type.effectiveVramGibPerGpu;
  const usableVramGib = effectiveVramGib * gpuMemoryUtilization;
  const overheadGib =
    tensorParallelSize > 1 ? tensorParallelSize * OVERHEAD_GIB_PER_GPU_PARALLEL : OVERHEAD_GIB_ONE_GPU;
  const kvBudgetGib = usableVramGib - weightsGib(model) - overheadGib;
  const bytesPerToken = kvBytesPerToken(model, kvCacheDtype);
  const copies = kvCopies(model, tensorParallelSize);
  const kvTokens = bytesPerToken === 0 ? null : tokensIn(kvBudgetGib, bytesPerToken * copies);

  const arithmetic = {
    modelId: model.id,
    typeName: type.name,
    mode,
    replicas,
    tensorParallelSize,
    maxModelLen,
    gpuMemoryUtilization,
    kvCacheDtype,
    effectiveVramGib,
    usableVramGib,
    weightsGib: weightsGib(model),
    overheadGib,
    kvBudgetGib,
    kvBytesPerToken: bytesPerToken,
    kvCopies: copies,
    kvTokens,
    fullContextRequests: kvTokens === null ? null : kvTokens / Math.max(1, maxModelLen),
    maxModelLenThatFits: longestContext(model, kvBudgetGib, kvTokens),
    loadTokensPerReplica: loadTokensPerReplica(options, maxModelLen, replicas),
    estimated: model.estimated ?? false,
  };
  const refusal =
    refuseOptions(options) ??
    refuseGpu(model, type, kvCacheDtype) ??
    refuseParallelism(model, tensorParallelSize) ??
    refuseMemory(model, arithmetic);
  return refusal
    ? {...arithmetic, fits: false, refusal, maxModelLenThatFits: usableContext(refusal, arithmetic.maxModelLenThatFits)}
    : {...arithmetic, fits: true};
}

type Arithmetic = Omit<SizingResult, 'fits' | 'refusal'>;

function tokensIn(budgetGib: number, bytesPerToken: number): number {
  return Math.max(0, Math.floor((budgetGib * BYTES_PER_GIB) / bytesPerToken));
}

/** Whole cache blocks, never beyond the model's own limit. */
function longestContext(model: ModelSpec, kvBudgetGib: number, kvTokens: number | null): number {
  if (kvBudgetGib <= 0) return 0;
  if (kvTokens === null) return model.contextMaxTokens;
  return Math.min(model.contextMaxTokens, Math.floor(kvTokens / KV_BLOCK_TOKENS) * KV_BLOCK_TOKENS);
}

/** A shorter context helps against a small cache, not against a wrong GPU. */
function usableContext(refusal: SizingRefusal, longest: number): number {
  const contextHelps = ['CONTEXT_TOO_LONG', 'KV_TOO_SMALL', 'LOAD_TOO_HIGH'].includes(refusal.code);
  return contextHelps ? longest : 0;
}

function loadTokensPerReplica(options: SizingOptions, maxModelLen: number, replicas: number): number | null {
  if (options.concurrency === undefined) return null;
  return Math.ceil(options.concurrency / replicas) * (options.meanContextTokens ?? maxModelLen);
}

function refuseOptions(options: SizingOptions): SizingRefusal | undefined {
  const {gpuMemoryUtilization: share} = options;
  if (share !== undefined && !(share > 0 && share <= 1))
    return {code: 'BAD_OPTION', text: `gpu-memory-utilization is a share above 0 and up to 1, got ${share}`};
  const counts = [
    ['max-model-len', options.maxModelLen],
    ['concurrency', options.concurrency],
    ['mean context', options.meanContextTokens],
  ] as const;
  for (const [name, value] of counts)
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      return {code: 'BAD_OPTION', text: `${name} is a whole number above 0, got ${value}`};
  return undefined;
}

function refuseParallelism(model: ModelSpec, tensorParallelSize: number): SizingRefusal | undefined {
  const {attentionHeads, kvHeads, mla} = model.architecture;
  const hint = 'use --mode multi (one vLLM per GPU), or a type with another GPU count';
  if (attentionHeads % tensorParallelSize !== 0)
    return {
      code: 'TP_INVALID',
      text: `${attentionHeads} attention heads cannot be split over ${tensorParallelSize} GPUs`,
      hint,
    };
  const kvHeadsSplit = mla || kvHeads % tensorParallelSize === 0 || tensorParallelSize % kvHeads === 0;
  return kvHeadsSplit
    ? undefined
    : {code: 'TP_INVALID', text: `${kvHeads} KV heads cannot be split over ${tensorParallelSize} GPUs`, hint};
}

function refuseMemory(model: ModelSpec, sizing: Arithmetic): SizingRefusal | undefined {
  const gib = (value: number): string => value.toFixed(1);
  if (sizing.maxModelLen > model.contextMaxTokens)
    return {
      code: 'CONTEXT_TOO_LONG',
      text: `the model's context ends at ${model.contextMaxTokens} tokens, ${sizing.maxModelLen} were asked`,
      hint: `--max-model-len ${Math.min(model.contextMaxTokens, sizing.maxModelLenThatFits) || model.contextMaxTokens}`,
    };
  if (model.minVramGib !== undefined && sizing.effectiveVramGib < model.minVramGib)
    return {
      code: 'VRAM_TOO_SMALL',
      text: `the model asks for ${gib(model.minVramGib)} GiB of VRAM, a replica has ${gib(sizing.effectiveVramGib)}`,
    };
  if (sizing.kvBudgetGib <= 0)
    return {
      code: 'WEIGHTS_TOO_BIG',
      text: `weights ${gib(sizing.weightsGib)} + overhead ${gib(sizing.overheadGib)} GiB exceed the ${gib(sizing.usableVramGib)} GiB usable`,
      hint:
        sizing.mode === 'multi' && sizing.replicas > 1
          ? 'use --mode mono: the GPUs of the machine together hold more'
          : 'a larger type, or a quantized variant of the model',
    };
  if (sizing.kvTokens === null) return undefined;
  if (sizing.kvTokens < sizing.maxModelLen)
    return {
      code: 'KV_TOO_SMALL',
      text: `the KV cache holds ${sizing.kvTokens} tokens, a context of ${sizing.maxModelLen} was asked`,
      hint:
        sizing.maxModelLenThatFits > 0
          ? `--max-model-len ${sizing.maxModelLenThatFits}`
          : 'a larger type, or a quantized variant of the model',
    };
  if (sizing.loadTokensPerReplica !== null && sizing.kvTokens < sizing.loadTokensPerReplica)
    return {
      code: 'LOAD_TOO_HIGH',
      text: `the load keeps ${sizing.loadTokensPerReplica} tokens per replica, the KV cache holds ${sizing.kvTokens}`,
      hint: 'a larger type, --kv-cache-dtype fp8, or fewer requests at once',
    };
  return undefined;
}
