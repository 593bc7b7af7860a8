import type {Instance} from '../instance/instance.ts';
import {dayMs, type EpochMs} from '../time.ts';
import {countSince, type HealthMemory} from './memory.ts';
import type {HealthSettings} from './settings.ts';

export type Recovery =
  | {readonly kind: 'none'}
  /** Containers and logs first: a load that advances is never restarted. */
  | {readonly kind: 'look'}
  /** It stops what runs there before it installs anew. */
  | {readonly kind: 'reinstall'; readonly reason: string}
  | {readonly kind: 'give_up'; readonly reason: string};

const none: Recovery = {kind: 'none'};

/** What is done about a worker that is dead, wedged or stuck. Called after each check, and again after a look. */
export function decideRecovery(
  {state, breaker}: Pick<Instance, 'state' | 'breaker'>,
  memory: HealthMemory,
  settings: HealthSettings,
  nowMs: EpochMs,
): Recovery {
  const isStuck = memory.stuckSinceMs !== null && (state === 'installing' || state === 'starting');
  if (!settings.autoReinstall || breaker !== null || !(state === 'worker_dead' || isStuck)) return none;
  const reinstalls = countSince(memory.reinstallsAtMs, nowMs - dayMs);
  if (reinstalls >= settings.reinstallsMax) {
    return {kind: 'give_up', reason: `${reinstalls} reinstallations in a day did not mend it`};
  }

  const {look} = memory;
  if (look === null) return {kind: 'look'};
  if (look.engineAlive === false) return {kind: 'reinstall', reason: 'its engine has ended'};
  if (nowMs - look.atMs < settings.recoverAfterMs) return none;
  // A wedged engine writes its log all the same: only its tokens tell.
  if (memory.wedgedAtTokens !== null) {
    return look.engineAlive === null ? {kind: 'look'} : {kind: 'reinstall', reason: 'its engine is wedged'};
  }

  return {kind: 'look'};
}

/** After the second look: a log that has grown is a load that advances. */
export function decideAfterLook(
  before: HealthMemory,
  look: NonNullable<HealthMemory['look']>,
  settings: HealthSettings,
): Recovery {
  if (look.engineAlive === false) return {kind: 'reinstall', reason: 'its engine has ended'};
  const earlier = before.look;
  if (earlier === null || look.engineAlive === null || look.atMs - earlier.atMs < settings.recoverAfterMs) return none;
  return earlier.logMark === look.logMark
    ? {kind: 'reinstall', reason: 'its engine neither answers nor writes its log'}
    : none;
}
