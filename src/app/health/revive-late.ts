import {isFresh} from '../../core/health/choose-check.ts';
import {countSince, remember} from '../../core/health/memory.ts';
import {dayMs} from '../../core/time.ts';
import type {CheckOutcome, Patient} from './patient.ts';
import type {HealthTools} from './tools.ts';

/** An engine that is always about to be ready must not be waited for for ever. */
const revivalsMax = 2;

/**
 * A start that was given up because it took too long, and whose worker reports after all: it goes back to `booting` and
 * through the same checks as any start. Only for what is still kept, only after STARTUP_TIMEOUT, and not again and again.
 */
export async function reviveLate(tools: HealthTools, patient: Patient): Promise<CheckOutcome> {
  const {instance, memory, sample} = patient;
  const nowMs = tools.clock.nowMs();
  const revivals = countSince(memory.revivalsAtMs, nowMs - dayMs);
  const isLate =
    instance.failure?.code === 'STARTUP_TIMEOUT' &&
    sample !== null &&
    sample.atMs > instance.stateSinceMs &&
    isFresh(sample.atMs, tools.settings, nowMs);
  if (!isLate || revivals >= revivalsMax) return {...patient, check: null, reason: 'failed'};

  const reason = 'a late heartbeat: the worker lives after all';
  const file = await tools.instances.record({
    instanceId: instance.id,
    correlationId: instance.correlationId,
    fields: {failure: null, lastSeenAtMs: sample.atMs},
    transition: {from: 'startup_failed', to: 'booting', reason},
  });
  return {
    instance: file.instance,
    memory: {...memory, revivalsAtMs: remember(memory.revivalsAtMs, nowMs)},
    check: {kind: 'late_heartbeat', isOk: true, durationMs: 0},
    reason,
  };
}
