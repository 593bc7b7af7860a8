import type {AlertKind, NewAlert} from '../alerts/alert.ts';
import type {Instance} from '../instance/instance.ts';
import {type EpochMs, formatDuration} from '../time.ts';
import {countSince, type HealthMemory} from './memory.ts';
import type {HealthSettings} from './settings.ts';

/** Alerts whose truth follows from an instance and its memory: raised while it holds, resolved when it does not. */
export const healthAlertKinds: readonly AlertKind[] = [
  'stuck_instance',
  'dead_worker',
  'wedged_worker',
  'flapping_worker',
  'crash_loop',
  'breaker_open',
  'agent_mismatch',
];

/** Everything that is wrong with it now. */
export function conditionsOf(
  instance: Instance,
  memory: HealthMemory,
  settings: HealthSettings,
  nowMs: EpochMs,
): readonly NewAlert[] {
  const {name, state} = instance;
  const found: NewAlert[] = [];
  const add = (kind: AlertKind, message: string, hint: string, details: NewAlert['details'] = {}) => {
    const about = {organizationId: instance.organizationId, subjectId: instance.id, subjectName: name};
    found.push({...about, kind, message, hint, details: {state, ...details}});
  };

  const reinstall = `Look first ("inventiv diagnose ${name}"), then: inventiv reinstall ${name}`;
  if (state === 'worker_dead') {
    const isWedged = memory.wedgedAtTokens !== null;
    const reason = instance.stateReason ?? 'no answer';
    add(
      isWedged ? 'wedged_worker' : 'dead_worker',
      `The worker of ${name} is ${isWedged ? 'wedged' : 'dead'}: ${reason}.`,
      reinstall,
      {reason},
    );
  }

  if (memory.stuckSinceMs !== null && memory.advance !== null) {
    const stoodMs = nowMs - memory.advance.atMs;
    add(
      'stuck_instance',
      `${name} is ${state} and has made no progress for ${formatDuration(stoodMs)}.`,
      `See where it stands: inventiv show ${name}; why: inventiv diagnose ${name}`,
      {stoodMs},
    );
  }

  const deaths = countSince(memory.deathsAtMs, nowMs - settings.flapping.windowMs);
  if (deaths >= settings.flapping.deathsMax) {
    add('flapping_worker', `The worker of ${name} died ${deaths} times within an hour.`, reinstall, {deaths});
  }

  const starts = countSince(memory.engineStartsAtMs, nowMs - settings.crashLoop.windowMs);
  if (starts >= settings.crashLoop.restartsMax) {
    const within = formatDuration(settings.crashLoop.windowMs);
    add(
      'crash_loop',
      `The engine of ${name} began anew ${starts} times within ${within}.`,
      `Find the cause: inventiv diagnose ${name}`,
      {starts},
    );
  }

  if (instance.breaker !== null) {
    add(
      'breaker_open',
      `${name} is left alone: ${instance.breaker.reason}.`,
      `Once it is mended: inventiv instances reset-breaker ${name}`,
    );
  }

  const {agent} = memory;
  if (agent !== null && instance.agentSha256 !== null && agent.sha256 !== instance.agentSha256) {
    add(
      'agent_mismatch',
      `The agent of ${name} is ${agent.version} (${agent.sha256.slice(0, 12)}), not the one that was installed (${instance.agentSha256.slice(0, 12)}).`,
      `Install it again: inventiv reinstall ${name}`,
      {runs: agent.sha256, installed: instance.agentSha256},
    );
  }

  return found;
}
