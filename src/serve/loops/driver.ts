import type {ResourceKind} from '../../core/instance/resource.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {ServeLog} from '../log.ts';
import {messageOf} from '../log.ts';
import type {ServeMetrics} from '../metrics.ts';

/**
 * A background task. It takes no input, may be run again at any time, and does not retry: the next tick does. It stops
 * early when the signal aborts.
 */
export interface LoopTask {
  readonly name: string;
  readonly intervalMs: number;
  /** A run that takes longer is told to stop. */
  readonly timeoutMs: number;
  run(signal: AbortSignal): Promise<LoopReport>;
}

export interface LoopReport {
  /** Items looked at and acted on. */
  readonly processed: number;
  /** Items that could not be handled this time. */
  readonly failed: number;
  /** Health checks that were made. */
  readonly checks?: readonly {readonly kind: string; readonly isOk: boolean; readonly durationMs: number}[];
  /** What reconciliation found paid for and unused, of the providers that it could ask everywhere. */
  readonly leaks?: readonly LeakReport[];
  /** How far the ledger is from the engines' own counters, per instance that could be compared. */
  readonly drifts?: readonly DriftReport[];
}

export interface DriftReport {
  readonly instanceId: string;
  readonly prompt: number;
  readonly completion: number;
}

export interface LeakReport {
  readonly provider: string;
  readonly perHourNanos: Readonly<Record<ResourceKind, number>>;
}

export interface LoopStatus {
  readonly name: string;
  readonly running: boolean;
  readonly runs: number;
  readonly failures: number;
  readonly lastStartedAtMs: EpochMs | null;
  readonly lastSuccessAtMs: EpochMs | null;
  readonly lastReport: LoopReport | null;
  readonly lastError: string | null;
}

export interface LoopDeps {
  readonly clock: Clock;
  /** At least 0, below 1: spreads the first runs over each interval, so that tasks and processes do not move in step. */
  readonly random: () => number;
  readonly metrics: ServeMetrics;
  readonly log: ServeLog;
}

export interface LoopDriver {
  status(): readonly LoopStatus[];
  /** Starts no more runs, tells running ones to stop, and waits for them. */
  stop(): Promise<void>;
}

/** Runs each task on its own interval, one run at a time per task. */
export function startLoops(tasks: readonly LoopTask[], deps: LoopDeps): LoopDriver {
  const abort = new AbortController();
  const statuses = new Map<string, LoopStatus>(tasks.map(({name}) => [name, idleStatus(name)]));
  const running = tasks.map(task => drive(task, deps, abort.signal, status => statuses.set(task.name, status)));
  return {
    status: () => [...statuses.values()],
    stop: async () => {
      abort.abort();
      await Promise.all(running);
    },
  };
}

async function drive(
  task: LoopTask,
  deps: LoopDeps,
  signal: AbortSignal,
  publish: (status: LoopStatus) => void,
): Promise<void> {
  let status = idleStatus(task.name);
  await deps.clock.sleep(Math.floor(task.intervalMs * deps.random()), signal);
  while (!signal.aborted) {
    status = {...status, running: true, lastStartedAtMs: deps.clock.nowMs()};
    publish(status);
    status = await runOnce(task, deps, signal, status);
    publish(status);
    await deps.clock.sleep(task.intervalMs, signal);
  }
}

async function runOnce(task: LoopTask, deps: LoopDeps, signal: AbortSignal, before: LoopStatus): Promise<LoopStatus> {
  const startedAtMs = deps.clock.nowMs();
  const runs = before.runs + 1;
  const timeout = AbortSignal.timeout(task.timeoutMs);
  try {
    const report = await task.run(AbortSignal.any([signal, timeout]));
    const endedAtMs = deps.clock.nowMs();
    deps.metrics.loopRan(task.name, {
      result: 'ok',
      processed: report.processed,
      failed: report.failed,
      durationMs: endedAtMs - startedAtMs,
      endedAtMs,
    });
    for (const {provider, perHourNanos} of report.leaks ?? []) deps.metrics.leakFound(provider, perHourNanos);
    for (const check of report.checks ?? []) deps.metrics.checkMade(check);
    if (report.drifts !== undefined) deps.metrics.driftFound(report.drifts);
    return {...before, runs, running: false, lastSuccessAtMs: endedAtMs, lastReport: report, lastError: null};
  } catch (error) {
    const endedAtMs = deps.clock.nowMs();
    const reason = timeout.aborted ? `stopped after ${task.timeoutMs} ms: ${messageOf(error)}` : messageOf(error);
    deps.metrics.loopRan(task.name, {
      result: 'failed',
      processed: 0,
      failed: 0,
      durationMs: endedAtMs - startedAtMs,
      endedAtMs,
    });
    if (!signal.aborted) deps.log.error('loop_failed', {loop: task.name, reason});
    return {...before, runs, running: false, failures: before.failures + 1, lastError: reason};
  }
}

function idleStatus(name: string): LoopStatus {
  return {
    name,
    running: false,
    runs: 0,
    failures: 0,
    lastStartedAtMs: null,
    lastSuccessAtMs: null,
    lastReport: null,
    lastError: null,
  };
}
