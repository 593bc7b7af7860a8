import type {InstanceType} from '../catalog/instance-type.ts';
import {InventivError} from '../errors.ts';
import type {ModelSpec} from './model.ts';
import {refuseExtraArgs} from './reserved-args.ts';
import type {SizingOptions, SizingResult} from './sizing.ts';
import {sizeModel} from './sizing.ts';

/** Requests in one batch: beyond it vLLM gains little and answers slow down. */
const MAX_NUM_SEQS_MAX = 256;
const MAX_NUM_SEQS_MIN = 4;
/** A chat's usual share of the cache, to turn cache tokens into a batch size. */
const TOKENS_PER_REQUEST_TYPICAL = 2_048;
/** Requests waiting per request running, before the engine answers 503 and another replica is tried. */
const QUEUED_PER_RUNNING = 4;

export type EngineArgsOptions = SizingOptions & {
  /** Name clients send as `model`; default: the Hugging Face id. */
  servedModelName?: string;
  maxNumSeqs?: number;
  maxNumQueuedRequests?: number;
  /** Runs code from the model's repository: only with a pinned revision. */
  trustRemoteCode?: boolean;
  extraArgs?: readonly string[];
};

/**
 * The arguments after `vllm serve` for one replica: the GPU image's entry point is that command already. The
 * address it listens on is the bootstrap's to add; in `multi` mode every replica gets these same arguments. Keys never appear here: the process list is public;
 * the engine's key travels in the environment variable VLLM_API_KEY.
 * Throws `invalid_input` for extra arguments that inventiv owns and for remote code without a pinned revision.
 */
export function engineArgs(model: ModelSpec, type: InstanceType, options: EngineArgsOptions = {}): string[] {
  const sizing = sizeModel(model, type, options);
  const maxNumSeqs = options.maxNumSeqs ?? defaultMaxNumSeqs(sizing);
  const queuedMax = options.maxNumQueuedRequests ?? QUEUED_PER_RUNNING * maxNumSeqs;
  const extraArgs = [...model.extraArgs, ...(options.extraArgs ?? [])];
  assertAllowed(model, options, extraArgs);
  return [
    model.hfId,
    ...['--served-model-name', options.servedModelName ?? model.hfId],
    ...(model.revision === undefined ? [] : ['--revision', model.revision]),
    ...['--tensor-parallel-size', String(Math.max(1, sizing.tensorParallelSize))],
    ...['--max-model-len', String(sizing.maxModelLen)],
    ...['--gpu-memory-utilization', shareText(sizing.gpuMemoryUtilization)],
    ...(sizing.kvCacheDtype === 'auto' ? [] : ['--kv-cache-dtype', sizing.kvCacheDtype]),
    ...['--max-num-seqs', String(maxNumSeqs), '--max-num-queued-reqs', String(queuedMax)],
    ...['--enable-prompt-tokens-details', '--enable-request-id-headers'],
    ...taskArgs(model),
    ...(options.trustRemoteCode ? ['--trust-remote-code'] : []),
    ...extraArgs,
  ];
}

/** How many requests to batch on this machine: what the cache holds of usual requests, within sane bounds. */
export function defaultMaxNumSeqs(sizing: SizingResult): number {
  if (sizing.kvTokens === null) return MAX_NUM_SEQS_MAX;
  const held = Math.floor(sizing.kvTokens / TOKENS_PER_REQUEST_TYPICAL);
  return Math.min(MAX_NUM_SEQS_MAX, Math.max(MAX_NUM_SEQS_MIN, held));
}

function taskArgs(model: ModelSpec): string[] {
  if (model.task === 'embed') return ['--runner', 'pooling'];
  return [
    ...(model.toolCallParser ? ['--enable-auto-tool-choice', '--tool-call-parser', model.toolCallParser] : []),
    ...(model.reasoningParser ? ['--reasoning-parser', model.reasoningParser] : []),
  ];
}

function assertAllowed(model: ModelSpec, options: EngineArgsOptions, extraArgs: readonly string[]): void {
  const refusal = refuseExtraArgs(extraArgs);
  if (refusal) throw new InventivError('invalid_input', refusal, {hint: 'use the flag of inventiv itself'});
  if (options.trustRemoteCode && model.revision === undefined)
    throw new InventivError('invalid_input', `expected a pinned revision to run code of ${model.hfId}, got none`, {
      hint: `inventiv models update ${model.id} --revision <commit>`,
    });
}

/** 0.9 -> `0.90`, 0.925 -> `0.925`: always readable as the share it is. */
function shareText(share: number): string {
  return String(share).length >= 4 ? String(share) : share.toFixed(2);
}
