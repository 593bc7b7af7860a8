import {isFresh} from '../../core/health/choose-check.ts';
import {judgeStart} from '../../core/health/judge-start.ts';
import type {CheckOutcome, Patient} from './patient.ts';
import {recover} from './recover.ts';
import {type HealthTools, probeTarget} from './tools.ts';

/** One look at an instance on its way up: whether it advances. The driver does the work; this sees when that stands still. */
export async function checkStart(tools: HealthTools, patient: Patient, signal: AbortSignal): Promise<CheckOutcome> {
  const {instance, memory} = patient;
  const startedAtMs = tools.clock.nowMs();
  const isFarAhead = memory.nextCheckAtMs - startedAtMs > 2 * tools.settings.backOffMaxMs;
  if (startedAtMs < memory.nextCheckAtMs && !isFarAhead) return {...patient, check: null, reason: 'cached'};
  const file = await tools.instances.load(instance.id);
  if (file === null) return {...patient, check: null, reason: 'gone'};

  const phase = await readPhase(tools, patient, signal);
  const nowMs = tools.clock.nowMs();
  const judged = judgeStart(file.instance, file.actions, memory, {phase}, tools.settings, nowMs);
  const {memory: recovered, instance: restarted, did} = await recover(tools, file.instance, judged, signal);
  const isOk = judged.stuckSinceMs === null;
  return {
    instance: restarted ?? file.instance,
    ...(did === 'reinstalled' ? {found: {instance: file.instance, memory: judged}} : {}),
    memory: recovered,
    check: {kind: 'progress', isOk, durationMs: nowMs - startedAtMs},
    reason: isOk ? 'it advances' : 'no progress',
  };
}

/** From a fresh heartbeat, else from the agent once there is one. */
async function readPhase(tools: HealthTools, {instance, sample}: Patient, signal: AbortSignal): Promise<string | null> {
  if (sample !== null && isFresh(sample.atMs, tools.settings, tools.clock.nowMs()))
    return phaseOfPayload(sample.payload);
  const target = instance.state === 'starting' ? probeTarget(tools, instance, signal) : null;
  const info = target === null ? null : await tools.worker.readAgentInfo(target).catch(() => null);
  return info === null ? null : phaseText(info.phase);
}

function phaseOfPayload(payload: string): string | null {
  try {
    const body: unknown = JSON.parse(payload);
    return typeof body === 'object' && body !== null && 'phase' in body ? phaseText(body.phase) : null;
  } catch {
    return null;
  }
}

/** Without its time: a phase that begins again and again is no progress. */
function phaseText(phase: unknown): string | null {
  if (typeof phase !== 'object' || phase === null) return null;
  const {name, progress, detail} = phase as {name?: unknown; progress?: unknown; detail?: unknown};
  return `${String(name)} ${String(progress)} ${String(detail)}`;
}
