import {chooseCheck} from '../../core/health/choose-check.ts';
import {judgeWorker, type WorkerSigns, type WorkerVerdict} from '../../core/health/judge-worker.ts';
import {freshMemory, type HealthMemory} from '../../core/health/memory.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {secondMs} from '../../core/time.ts';
import type {InstanceChange} from '../../ports/instances.ts';
import type {CheckOutcome, Patient} from './patient.ts';
import {readSigns} from './read-signs.ts';
import {recover} from './recover.ts';
import type {HealthTools} from './tools.ts';

/** A sighting is written at most this often: it is read by people and thresholds of minutes. */
const sightingEveryMs = 15 * secondMs;

/** One look at an instance that should be answering, what follows for its state, and its recovery where that is wanted. */
export async function checkWorker(tools: HealthTools, given: Patient, signal: AbortSignal): Promise<CheckOutcome> {
  const patient = await closeOutlived(tools, given);
  const {instance, memory, sample} = patient;
  const startedAtMs = tools.clock.nowMs();
  const kind = chooseCheck(instance, memory, sample?.atMs ?? null, tools.settings, startedAtMs);
  if (kind === 'left_alone' || kind === 'cached') return {...patient, check: null, reason: kind};

  const signs = await readSigns(tools, patient, kind, signal);
  const nowMs = tools.clock.nowMs();
  // A probe that was cut short by the end of the process says nothing about the worker.
  if (signal.aborted) return {...patient, check: null, reason: 'stopped'};
  const judged = judgeWorker(instance, memory, signs, tools.settings, nowMs);
  const after = await recordVerdict(tools, instance, judged, signs, nowMs);
  const {memory: recovered, instance: changed, did} = await recover(tools, after, judged.memory, signal);
  return {
    instance: changed ?? after,
    ...(did === 'reinstalled' ? {found: {instance: after, memory: judged.memory}} : {}),
    memory: keptMemory(memory, recovered),
    check: {kind, isOk: signs.isAlive && judged.verdict !== 'wedged', durationMs: nowMs - startedAtMs},
    reason: judged.reason,
  };
}

/** Ready again since its breaker opened, because somebody reinstalled it: what was held against it is over. */
async function closeOutlived({instances}: HealthTools, patient: Patient): Promise<Patient> {
  const {instance, memory} = patient;
  const {breaker, state, stateSinceMs, id, correlationId} = instance;
  if (breaker === null || state !== 'ready' || stateSinceMs <= breaker.openedAtMs) return patient;
  const file = await instances.record({instanceId: id, correlationId, fields: {breaker: null}});
  return {...patient, instance: file.instance, memory: {...freshMemory, agent: memory.agent}};
}

async function recordVerdict(
  {instances}: HealthTools,
  instance: Instance,
  {verdict, reason, memory}: WorkerVerdict,
  {isAlive, seenAtMs}: WorkerSigns,
  nowMs: number,
): Promise<Instance> {
  const isSighting = isAlive && seenAtMs - (instance.lastSeenAtMs ?? 0) >= sightingEveryMs;
  const fields: InstanceChange['fields'] = {
    ...(isSighting ? {lastSeenAtMs: seenAtMs} : {}),
    ...(memory.failures === instance.consecutiveFailures ? {} : {consecutiveFailures: memory.failures}),
    // Alive again by itself: there is no reason left to leave it alone.
    ...(isAlive && instance.breaker !== null && verdict === 'recovered' ? {breaker: null} : {}),
    ...(verdict === 'tripped' ? {breaker: {openedAtMs: nowMs, reason}} : {}),
  };
  const transition = transitionOf(verdict, reason);
  if (transition === null && Object.keys(fields).length === 0) return instance;
  const file = await instances.record({
    instanceId: instance.id,
    correlationId: instance.correlationId,
    fields,
    ...(transition === null ? {} : {transition}),
  });
  return file.instance;
}

function transitionOf(verdict: WorkerVerdict['verdict'], reason: string): InstanceChange['transition'] | null {
  if (verdict === 'dead' || verdict === 'wedged') return {from: 'ready', to: 'worker_dead', reason};
  return verdict === 'recovered' ? {from: 'worker_dead', to: 'ready', reason} : null;
}

/** A heartbeat every few seconds must not write a row every few seconds: times alone are written now and then. */
function keptMemory(before: HealthMemory, after: HealthMemory): HealthMemory {
  const {lastOkAtMs, nextCheckAtMs, ...rest} = after;
  const {lastOkAtMs: beforeOkAtMs, nextCheckAtMs: _next, ...restBefore} = before;
  const isSame = JSON.stringify(rest) === JSON.stringify(restBefore);
  return isSame && lastOkAtMs !== null && lastOkAtMs - (beforeOkAtMs ?? 0) < sightingEveryMs ? before : after;
}
