import type {InstanceType} from '../catalog/instance-type.ts';
import type {ModelSpec} from './model.ts';
import {weightsGb} from './model.ts';

/** Boot, packages, container start. */
const PREPARE_MS = 300_000;
/** Compilation, CUDA graphs, warm-up. */
const FINISH_MS = 300_000;
const READY_DEADLINE_MS_MIN = 20 * 60_000;
/** What boot, packages and container start, and compilation, graphs and warm-up, take when nothing is in the way. */
const PREPARE_MS_TYPICAL = 120_000;
const FINISH_MS_TYPICAL = 120_000;
/** Compressed size of the engine image. */
const IMAGE_BYTES = 9.1e9;
const LOAD_MS_PER_GB = 4_000;
/** Registries and model hubs seldom fill a VM's line. */
const LINE_SHARE_USABLE = 0.5;
const BYTES_PER_SECOND_MIN = 10e6;
/** A phase that still advances buys this much more time after its last sign of life... */
const STALL_MS_MAX = 10 * 60_000;
/** ...but the whole start never takes more than this many times the first estimate. */
const EXTENSION_FACTOR_MAX = 3;
const ENGINE_READY_SECONDS_MIN = 600;
const ENGINE_READY_SECONDS_MAX = 7_200;

export type ReadyDeadline = {
  totalMs: number;
  prepareMs: number;
  imagePullMs: number;
  downloadMs: number;
  loadMs: number;
  finishMs: number;
};

/** How long a new machine may take to answer with this model, with its parts. `bytesPerSecond` overrides the line. */
export function readyDeadline(model: ModelSpec, type: InstanceType, bytesPerSecond = usableLine(type)): ReadyDeadline {
  const speed = Math.max(BYTES_PER_SECOND_MIN, bytesPerSecond);
  const parts = {
    prepareMs: PREPARE_MS,
    imagePullMs: Math.round((IMAGE_BYTES / speed) * 1000),
    downloadMs: Math.round((model.weightsBytes / speed) * 1000),
    loadMs: Math.round(weightsGb(model) * LOAD_MS_PER_GB),
    finishMs: FINISH_MS,
  };
  const sumMs = parts.prepareMs + parts.imagePullMs + parts.downloadMs + parts.loadMs + parts.finishMs;
  return {...parts, totalMs: Math.max(READY_DEADLINE_MS_MIN, sumMs)};
}

/** How long a start takes when all goes well: what to tell people, where the deadline is when to give up. */
export function typicalReadyMs({imagePullMs, downloadMs, loadMs}: ReadyDeadline): number {
  return PREPARE_MS_TYPICAL + imagePullMs + downloadMs + loadMs + FINISH_MS_TYPICAL;
}

export function readyDeadlineMs(model: ModelSpec, type: InstanceType): number {
  return readyDeadline(model, type).totalMs;
}

/** The moment to give up: moves while the start advances, within EXTENSION_FACTOR_MAX. All values are epoch ms. */
export function readyDeadlineAtMs(start: {startedAtMs: number; deadlineMs: number; advancedAtMs?: number}): number {
  const firstAtMs = start.startedAtMs + start.deadlineMs;
  const lastAtMs = start.startedAtMs + start.deadlineMs * EXTENSION_FACTOR_MAX;
  if (start.advancedAtMs === undefined) return firstAtMs;
  return Math.min(lastAtMs, Math.max(firstAtMs, start.advancedAtMs + STALL_MS_MAX));
}

/** VLLM_ENGINE_READY_TIMEOUT_S: vLLM's own limit, which counts the weights' download too. */
export function engineReadyTimeoutSeconds(model: ModelSpec, type: InstanceType): number {
  const {downloadMs, loadMs, finishMs} = readyDeadline(model, type);
  const seconds = Math.ceil((2 * (downloadMs + loadMs) + finishMs) / 1000);
  return Math.min(ENGINE_READY_SECONDS_MAX, Math.max(ENGINE_READY_SECONDS_MIN, seconds));
}

function usableLine(type: InstanceType): number {
  return ((type.netGbps * 1e9) / 8) * LINE_SHARE_USABLE;
}
