import * as z from 'zod';
import type {ActionMetadata, JsonValue} from '../instance/action.ts';
import {redact} from '../redact.ts';
import type {EpochMs} from '../time.ts';
import type {CommandAnswer} from './command.ts';
import type {WorkerSample} from './protocol.ts';
import {agentIdentity} from './register.ts';

const listMax = 64;
const shortText = z.string().max(200);
const number = z.number().nullish();
const mean = z.object({mean_s: number, count: number}).nullish();

const replica = z.object({
  name: shortText,
  running: number,
  waiting: number,
  kv_usage: number,
  prompt_tokens: number,
  generation_tokens: number,
  ttft: mean,
});

const gpu = z.object({util: number, mem_used_mib: number, mem_total_mib: number});

/** Answers to commands: at most as many as one reply holds. */
const commandResult = z.object({
  id: shortText,
  ok: z.boolean(),
  message: z.string().transform(text => text.slice(0, 1000)),
  logs: z.record(z.string(), z.json()).nullish(),
});

/** Protocol 2. Unknown fields pass: a newer agent must not be refused for telling more. */
const heartbeatV2 = z.object({
  protocol: z.number().int().min(2),
  instance_id: shortText,
  boot_id: shortText,
  seq: z.number().int().min(0),
  agent: agentIdentity,
  phase: z.object({name: shortText}).nullish(),
  status: z.enum(['starting', 'ready', 'draining']),
  replicas: z.array(replica).max(listMax).nullish(),
  gpus: z.array(gpu).max(listMax).nullish(),
  results: z.array(commandResult).max(listMax).nullish(),
  system: z
    .object({
      cpu: z.object({used_percent: number}).nullish(),
      memory: z.object({total_bytes: number, available_bytes: number}).nullish(),
    })
    .nullish(),
});

/** The first protocol: no boot id, no sequence, no system samples, GPU figures flat. */
const heartbeatV1 = z.object({
  protocol: z.undefined().optional(),
  instance_id: shortText,
  status: z.enum(['starting', 'ready', 'draining']),
  queue_depth: number,
  gpu_utilization: number,
  gpu_mem_used_mb: number,
});

export const heartbeat = z.union([heartbeatV2, heartbeatV1]);

export type Heartbeat = z.infer<typeof heartbeat>;

/** Null in the first protocol, which has neither. */
export function heartbeatOrder(beat: Heartbeat): {bootId: string; seq: number} | null {
  return 'seq' in beat ? {bootId: beat.boot_id, seq: beat.seq} : null;
}

/** Answers to commands that came with it. Logs are not trusted to be clean: what looks like a secret is taken out. */
export function commandAnswers(beat: Heartbeat, atMs: EpochMs): readonly (CommandAnswer & {readonly id: string})[] {
  if (!('seq' in beat)) return [];
  return (beat.results ?? []).map(({id, ok, message, logs}) => ({
    ...{id, ok, atMs, message: redact(message)},
    logs: logs == null ? null : (redactAll(logs) as ActionMetadata),
  }));
}

function redactAll(value: JsonValue): JsonValue {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactAll);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, redactAll(each)]));
}

/** What is kept of a heartbeat. A figure that nobody could read stays null: it never reads as idle. */
export function sampleOf(beat: Heartbeat, at: {instanceId: string; atMs: EpochMs; payload: string}): WorkerSample {
  return 'seq' in beat ? {...at, ...figuresV2(beat)} : {...at, ...figuresV1(beat)};
}

type Figures = Omit<WorkerSample, 'instanceId' | 'atMs' | 'payload'>;

function figuresV2(beat: z.infer<typeof heartbeatV2>): Figures {
  const replicas = beat.replicas ?? [];
  const gpus = beat.gpus ?? [];
  const memory = beat.system?.memory;
  const utilizations = known(gpus.map(({util}) => util));
  return {
    status: beat.status,
    phase: beat.phase?.name ?? null,
    running: sum(replicas.map(({running}) => running)),
    waiting: sum(replicas.map(({waiting}) => waiting)),
    kvUsage: highest(replicas.map(({kv_usage}) => kv_usage)),
    promptTokens: sum(replicas.map(({prompt_tokens}) => prompt_tokens)),
    generationTokens: sum(replicas.map(({generation_tokens}) => generation_tokens)),
    ttftMs: meanTtftMs(replicas),
    gpuUtilPercent: utilizations.length === 0 ? null : (sum(utilizations) ?? 0) / utilizations.length,
    gpuMemoryUsedMib: sum(gpus.map(({mem_used_mib}) => mem_used_mib)),
    gpuMemoryTotalMib: sum(gpus.map(({mem_total_mib}) => mem_total_mib)),
    cpuPercent: beat.system?.cpu?.used_percent ?? null,
    memoryUsedBytes: difference(memory?.total_bytes, memory?.available_bytes),
  };
}

function figuresV1(beat: z.infer<typeof heartbeatV1>): Figures {
  return {
    status: beat.status,
    phase: null,
    running: null,
    waiting: beat.queue_depth ?? null,
    kvUsage: null,
    promptTokens: null,
    generationTokens: null,
    ttftMs: null,
    gpuUtilPercent: beat.gpu_utilization ?? null,
    gpuMemoryUsedMib: beat.gpu_mem_used_mb ?? null,
    gpuMemoryTotalMib: null,
    cpuPercent: null,
    memoryUsedBytes: null,
  };
}

type Reading = number | null | undefined;

function known(values: readonly Reading[]): number[] {
  return values.filter(value => typeof value === 'number');
}

function sum(values: readonly Reading[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : numbers.reduce((total, value) => total + value, 0);
}

function highest(values: readonly Reading[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : Math.max(...numbers);
}

function difference(total: Reading, part: Reading): number | null {
  return typeof total === 'number' && typeof part === 'number' ? total - part : null;
}

/** Over all replicas, each by how many requests it speaks for. */
function meanTtftMs(replicas: readonly z.infer<typeof replica>[]): number | null {
  let seconds = 0;
  let requests = 0;
  for (const {ttft} of replicas) {
    if (typeof ttft?.mean_s !== 'number' || typeof ttft.count !== 'number') continue;
    seconds += ttft.mean_s * ttft.count;
    requests += ttft.count;
  }

  return requests === 0 ? null : Math.round((seconds / requests) * 1000);
}
