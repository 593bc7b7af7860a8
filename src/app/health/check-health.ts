import type {NewAlert} from '../../core/alerts/alert.ts';
import {asInventivError} from '../../core/errors.ts';
import {conditionsOf} from '../../core/health/conditions.ts';
import {freshMemory, type HealthMemory} from '../../core/health/memory.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {checkStart} from './check-start.ts';
import {checkWorker} from './check-worker.ts';
import {LogLimit} from './log-limit.ts';
import type {CheckMade, CheckOutcome, Patient} from './patient.ts';
import {reviveLate} from './revive-late.ts';
import {tellConditions} from './tell-conditions.ts';
import type {HealthTools} from './tools.ts';

export interface HealthReport {
  readonly processed: number;
  readonly failed: number;
  /** One per check that was made, for the metrics. */
  readonly checks: readonly CheckMade[];
}

const checkedStates = ['booting', 'installing', 'starting', 'ready', 'worker_dead', 'startup_failed'] as const;
const listLimit = 2000;
const checksAtOnceMax = 32;
/** Read, looked at and remembered together; between two pages everybody else gets a turn. */
const pageRows = 4 * checksAtOnceMax;

/** Makes checks, remembering between them only which lines were logged. */
export function createHealthCheck(tools: HealthTools): (signal: AbortSignal) => Promise<HealthReport> {
  const limit = new LogLimit();
  return signal => checkAll(tools, limit, signal);
}

async function checkAll(tools: HealthTools, limit: LogLimit, signal: AbortSignal): Promise<HealthReport> {
  const instances = await tools.instances.listByState(checkedStates, listLimit);
  const ids = new Set(instances.map(({id}) => id));
  const found: NewAlert[] = [];
  const checks: CheckMade[] = [];
  for (const page of pagesOf(instances)) {
    for (const outcome of await checkPage(tools, page, signal)) {
      if (outcome.check !== null) checks.push(outcome.check);
      const trouble = outcome.found ?? outcome;
      found.push(...conditionsOf(trouble.instance, trouble.memory, tools.settings, tools.clock.nowMs()));
      logOutcome(tools, limit, outcome);
    }
  }

  // Cut short, what was not looked at is not over.
  if (!signal.aborted) await tellConditions(tools.alerts, found, id => ids.has(id));
  limit.keepOnly(ids);
  return {processed: checks.length, failed: checks.filter(({isOk}) => !isOk).length, checks};
}

/** Looks at all of them, and remembers what it saw. */
async function checkPage(
  tools: HealthTools,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<readonly CheckOutcome[]> {
  const ids = instances.map(({id}) => id);
  const remembered = await tools.health.load(ids);
  const samples = new Map((await tools.workers.latestSamples(ids)).map(sample => [sample.instanceId, sample]));
  const waiting = instances.map(instance => ({
    instance,
    memory: remembered.get(instance.id)?.memory ?? freshMemory,
    sample: samples.get(instance.id) ?? null,
  }));
  const outcomes: CheckOutcome[] = [];
  const changed: {instanceId: string; memory: HealthMemory; revision: number}[] = [];
  const checkers = Array.from({length: Math.min(checksAtOnceMax, waiting.length)}, async () => {
    for (let patient = waiting.shift(); patient !== undefined && !signal.aborted; patient = waiting.shift()) {
      const outcome = await checkOne(tools, patient, signal).catch(error => leftAsItWas(patient, error));
      const {instance, memory} = outcome;
      if (memory !== patient.memory) {
        changed.push({instanceId: instance.id, memory, revision: remembered.get(instance.id)?.revision ?? 0});
      }

      outcomes.push(outcome);
    }
  });
  await Promise.all(checkers);
  if (changed.length > 0) await tools.health.save(changed);
  return outcomes;
}

function* pagesOf(instances: readonly Instance[]): Generator<readonly Instance[]> {
  for (let from = 0; from < instances.length; from += pageRows) yield instances.slice(from, from + pageRows);
}

function checkOne(tools: HealthTools, patient: Patient, signal: AbortSignal): Promise<CheckOutcome> {
  const {state} = patient.instance;
  if (state === 'ready' || state === 'worker_dead') return checkWorker(tools, patient, signal);
  return state === 'startup_failed' ? reviveLate(tools, patient) : checkStart(tools, patient, signal);
}

/** A fault of ours, or an instance that moved meanwhile: the next pass looks again. */
function leftAsItWas({instance, memory}: Patient, error: unknown): CheckOutcome {
  const {code, message} = asInventivError(error);
  const isStale = code === 'conflict' || code === 'not_found' || code === 'illegal_transition';
  const check = isStale ? null : ({kind: 'probe', isOk: false, durationMs: 0} as const);
  return {instance, memory, check, reason: message};
}

function logOutcome({log, clock, settings}: HealthTools, limit: LogLimit, outcome: CheckOutcome): void {
  const {instance, check, reason} = outcome;
  if (check === null) return;
  const everyMs = check.isOk ? settings.logSuccessEveryMs : settings.logFailureEveryMs;
  if (!limit.lets(instance.id, everyMs, clock.nowMs())) return;
  const fields = {instance: instance.name, state: instance.state, check: check.kind, reason};
  if (check.isOk) log.info('health_check', fields);
  else log.warn('health_check_failed', {...fields, failures: outcome.memory.failures});
}
