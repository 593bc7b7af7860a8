import type {EpochMs} from '../time.ts';
import type {WorkerSample} from './protocol.ts';

/** One moment of a worker, for a plot. Null is "not measured", never zero. */
export interface MetricsPoint {
  readonly atMs: EpochMs;
  readonly running: number | null;
  readonly waiting: number | null;
  /** 0 to 1. */
  readonly kvUsage: number | null;
  readonly ttftMs: number | null;
  /** Generated tokens per second since the moment before. */
  readonly tokensPerSecond: number | null;
  readonly gpuUtilPercent: number | null;
  readonly gpuMemoryUsedMib: number | null;
  readonly gpuMemoryTotalMib: number | null;
}

/** Samples, oldest first, as points. A counter that went down is a new engine: that span has no rate. */
export function metricsPoints(samples: readonly Omit<WorkerSample, 'payload'>[]): readonly MetricsPoint[] {
  return samples.map((sample, index) => {
    const {atMs, running, waiting, kvUsage, ttftMs, gpuUtilPercent, gpuMemoryUsedMib, gpuMemoryTotalMib} = sample;
    const before = samples[index - 1];
    return {
      ...{atMs, running, waiting, kvUsage, ttftMs, gpuUtilPercent, gpuMemoryUsedMib, gpuMemoryTotalMib},
      tokensPerSecond: before === undefined ? null : rate(before, sample),
    };
  });
}

type Counted = Pick<WorkerSample, 'atMs' | 'generationTokens'>;

function rate(before: Counted, now: Counted): number | null {
  if (before.generationTokens === null || now.generationTokens === null) return null;
  const tokens = now.generationTokens - before.generationTokens;
  const seconds = (now.atMs - before.atMs) / 1000;
  return tokens < 0 || seconds <= 0 ? null : tokens / seconds;
}
