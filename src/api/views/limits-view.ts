import {hasLimits, type InstanceLimits, type LimitedInstance, limitEnds} from '../../core/finops/limits.ts';
import {type Billing, spentNanos} from '../../core/finops/spend.ts';
import {isGone} from '../../core/instance/state.ts';
import {type EpochMs, isoTime} from '../../core/time.ts';
import type {LimitsView} from '../contract/limits.ts';

/** What is left before the instance ends by itself; null where nothing limits it. */
export function limitsView(instance: LimitedInstance & Billing, nowMs: EpochMs): LimitsView | null {
  const {limits} = instance;
  if (limits === null) return null;
  const isEnding = isGone(instance.state) || instance.state === 'terminating';
  const [first] = isEnding ? [] : limitEnds(instance);
  const {ttlMs, spendMaxNanos, idleTimeoutMs} = limits;
  return {
    ...{ttlMs, spendMaxNanos, idleTimeoutMs},
    endsAt: first === undefined ? null : isoTime(Math.min(first.endsAtMs, isoTimeMaxMs)),
    endsBy: first?.limit ?? null,
    timeLeftMs: first === undefined ? null : Math.max(0, first.endsAtMs - nowMs),
    spendLeftNanos: spendMaxNanos === null ? null : Math.max(0, spendMaxNanos - spentNanos(instance, nowMs)),
  };
}

/** As if it were requested and charged from now on; idling cannot be foretold. */
export function plannedLimitsView(
  limits: InstanceLimits,
  pricePerHourNanos: number,
  nowMs: EpochMs,
): LimitsView | null {
  if (!hasLimits(limits)) return null;
  const moments = {createdAtMs: nowMs, stateSinceMs: nowMs, billedFromMs: nowMs, billedUntilMs: null, readyAtMs: null};
  const planned = {state: 'provisioning', activity: null, limits, pricePerHourNanos, spentBeforeNanos: 0} as const;
  return limitsView({...planned, ...moments}, nowMs);
}

/** The last moment a date can say. */
const isoTimeMaxMs = 8_640_000_000_000_000;
