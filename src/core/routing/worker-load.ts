import type {EpochMs} from '../time.ts';

/** What a worker last said of itself. Null is "not measured", never zero. */
export interface WorkerReport {
  readonly atMs: EpochMs;
  readonly running: number | null;
  readonly waiting: number | null;
  /** Share of the KV cache in use, 0 to 1. */
  readonly kvUsage: number | null;
}

/** A report in terms of this proxy: what the worker does besides our own requests. */
export interface Correction {
  readonly reportedAtMs: EpochMs;
  /** Requests of others: another proxy, another process of this one. */
  readonly foreign: number;
  /** Requests in the engine's own queue, whoever sent them: it is full already. */
  readonly queued: number;
  readonly kvUsage: number | null;
}

/** Reports older than this say nothing: three heartbeats. */
export const reportFreshMs = 15_000;
const kvHigh = 0.8;
/** With its KV cache full a worker counts as this many times as loaded: new requests push out old ones. */
const kvFullFactor = 3;

/** `outstanding`: our own requests at the worker when the report was read. */
export function correctionOf(report: WorkerReport, outstanding: number): Correction {
  const seen = (report.running ?? 0) + (report.waiting ?? 0);
  return {
    reportedAtMs: report.atMs,
    foreign: Math.max(0, seen - outstanding),
    queued: report.waiting ?? 0,
    kvUsage: report.kvUsage,
  };
}

export function freshCorrection(correction: Correction | null, nowMs: EpochMs): Correction | null {
  if (correction === null) return null;
  const ageMs = nowMs - correction.reportedAtMs;
  return ageMs > reportFreshMs || ageMs < -reportFreshMs ? null : correction;
}

/** Requests at the worker that a new one would share it with. */
export function requestsAt(outstanding: number, correction: Correction | null): number {
  return correction === null ? outstanding : outstanding + correction.foreign + correction.queued;
}

/** From 1, with room, to `kvFullFactor`, with a full KV cache. */
export function kvPressure(correction: Correction | null): number {
  const kvUsage = correction?.kvUsage ?? 0;
  if (kvUsage <= kvHigh) return 1;
  return 1 + ((kvFullFactor - 1) * (Math.min(1, kvUsage) - kvHigh)) / (1 - kvHigh);
}
