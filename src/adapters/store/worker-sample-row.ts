import type {Insertable, Selectable} from 'kysely';
import type {WorkerSample} from '../../core/worker/protocol.ts';
import type {WorkerSampleTable} from './tables.ts';

/** All but the payload, which is large. */
export const sampleFigureColumns = [
  'instance_id',
  'at_ms',
  'status',
  'phase',
  'running',
  'waiting',
  'kv_usage',
  'prompt_tokens',
  'generation_tokens',
  'ttft_ms',
  'gpu_util_percent',
  'gpu_memory_used_mib',
  'gpu_memory_total_mib',
  'cpu_percent',
  'memory_used_bytes',
] as const;

export function sampleFromRow(row: Selectable<WorkerSampleTable>): WorkerSample {
  return {...figuresFromRow(row), payload: row.payload};
}

export function figuresFromRow(
  row: Pick<Selectable<WorkerSampleTable>, (typeof sampleFigureColumns)[number]>,
): Omit<WorkerSample, 'payload'> {
  return {
    instanceId: row.instance_id,
    atMs: row.at_ms,
    status: row.status as WorkerSample['status'],
    phase: row.phase,
    running: row.running,
    waiting: row.waiting,
    kvUsage: row.kv_usage,
    promptTokens: row.prompt_tokens,
    generationTokens: row.generation_tokens,
    ttftMs: row.ttft_ms,
    gpuUtilPercent: row.gpu_util_percent,
    gpuMemoryUsedMib: row.gpu_memory_used_mib,
    gpuMemoryTotalMib: row.gpu_memory_total_mib,
    cpuPercent: row.cpu_percent,
    memoryUsedBytes: row.memory_used_bytes,
  };
}

export function sampleToRow(instanceId: string, sample: WorkerSample): Insertable<WorkerSampleTable> {
  return {
    instance_id: instanceId,
    at_ms: sample.atMs,
    status: sample.status,
    phase: sample.phase,
    running: sample.running,
    waiting: sample.waiting,
    kv_usage: sample.kvUsage,
    prompt_tokens: sample.promptTokens,
    generation_tokens: sample.generationTokens,
    ttft_ms: sample.ttftMs,
    gpu_util_percent: sample.gpuUtilPercent,
    gpu_memory_used_mib: sample.gpuMemoryUsedMib,
    gpu_memory_total_mib: sample.gpuMemoryTotalMib,
    cpu_percent: sample.cpuPercent,
    memory_used_bytes: sample.memoryUsedBytes,
    payload: sample.payload,
  };
}
