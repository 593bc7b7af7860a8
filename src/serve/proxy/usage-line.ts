import {priceLine} from '../../core/finops/price-line.ts';
import type {UsageOutcome, UsageRecord} from '../../core/finops/usage.ts';
import {traitsOf} from '../../core/proxy/endpoints.ts';
import type {TokenCounts} from '../../core/proxy/token-usage.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Attempt, Job} from './attempt.ts';

/** How a job ended. The attempt is the last one; null when no worker was asked. */
export interface JobEnd {
  readonly outcome: UsageOutcome;
  readonly status: number;
  readonly counts: TokenCounts;
  readonly audioMs?: number;
  readonly attempt: Attempt | null;
}

/** The line of the ledger for a job, charged by the price that was in force at its start. */
export function usageLine(job: Job, end: JobEnd, finishedAtMs: EpochMs): UsageRecord {
  const firstEventAtMs = end.attempt?.reply.firstEventAtMs ?? null;
  const line = {
    requestId: job.requestId,
    organizationId: job.key.organizationId,
    keyId: job.key.id,
    userId: job.key.userId,
    modelHfId: job.route.modelHfId,
    instanceId: end.attempt?.worker.id ?? null,
    endpoint: `/v1/${job.endpoint}`,
    streamed: job.plan.streamed,
    outcome: end.outcome,
    httpStatus: end.status,
    ...end.counts,
    audioMs: end.audioMs ?? 0,
    attempts: end.attempt?.number ?? 0,
    startedAtMs: job.startedAtMs,
    // A clock that went back must not make a line that ends before it begins.
    finishedAtMs: Math.max(job.startedAtMs, finishedAtMs),
    firstTokenMs: firstEventAtMs === null ? null : Math.max(0, firstEventAtMs - job.startedAtMs),
  };
  return priceLine(line, {price: job.price, bills: traitsOf(job.endpoint).bills});
}
