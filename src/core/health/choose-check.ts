import type {Instance} from '../instance/instance.ts';
import type {EpochMs} from '../time.ts';
import type {HealthMemory} from './memory.ts';
import type {HealthSettings} from './settings.ts';

/**
 * heartbeat: a fresh one says enough; probe: ask the worker; cached: asked a moment ago; left_alone: its breaker is open.
 */
export type CheckKind = 'heartbeat' | 'probe' | 'cached' | 'left_alone';

/** A clock that went back makes later samples look younger than they are: this much is believed. */
const skewMaxMs = 60_000;

/** How an instance is looked at now. A fresh heartbeat always counts, for it costs nothing. */
export function chooseCheck(
  {breaker}: Pick<Instance, 'breaker'>,
  memory: HealthMemory,
  heartbeatAtMs: EpochMs | null,
  settings: HealthSettings,
  nowMs: EpochMs,
): CheckKind {
  if (isFresh(heartbeatAtMs, settings, nowMs)) return 'heartbeat';
  if (breaker !== null) return 'left_alone';
  // A next check far ahead was written by a clock that has since gone back.
  const isDue = nowMs >= memory.nextCheckAtMs || memory.nextCheckAtMs - nowMs > settings.backOffMaxMs + skewMaxMs;
  return isDue ? 'probe' : 'cached';
}

export function isFresh(atMs: EpochMs | null, {heartbeatFreshMs}: HealthSettings, nowMs: EpochMs): boolean {
  return atMs !== null && nowMs - atMs < heartbeatFreshMs && atMs - nowMs < skewMaxMs;
}
