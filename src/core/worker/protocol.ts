import type {EpochMs} from '../time.ts';

/** What is kept of one heartbeat (or one pull), for routing, health and views. Null is "not measured", never zero. */
export interface WorkerSample {
  readonly instanceId: string;
  readonly atMs: EpochMs;
  readonly status: 'starting' | 'ready' | 'draining';
  readonly phase: string | null;
  readonly running: number | null;
  readonly waiting: number | null;
  readonly kvUsage: number | null;
  readonly promptTokens: number | null;
  readonly generationTokens: number | null;
  readonly ttftMs: number | null;
  readonly gpuUtilPercent: number | null;
  readonly gpuMemoryUsedMib: number | null;
  readonly gpuMemoryTotalMib: number | null;
  readonly cpuPercent: number | null;
  readonly memoryUsedBytes: number | null;
  /** The whole payload as it was accepted, for `instances metrics`. */
  readonly payload: string;
}
