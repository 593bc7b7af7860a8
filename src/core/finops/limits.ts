import type {InstanceState} from '../instance/state.ts';
import {eurNanos, formatEur} from '../money.ts';
import {type EpochMs, formatDuration, minuteMs} from '../time.ts';
import {affordableMs} from './spend.ts';

export const limitNames = ['ttl', 'spend', 'idle'] as const;

export type LimitName = (typeof limitNames)[number];

/** After which an instance ends by itself. Null: no such limit. */
export interface InstanceLimits {
  /** Longest life, from its request. */
  readonly ttlMs: number | null;
  /** Most it may cost, disk and address included. */
  readonly spendMaxNanos: number | null;
  /** Longest time ready without any request. */
  readonly idleTimeoutMs: number | null;
}

/** What the sign of life of those who enforce limits is called. */
export const limitsBeat = 'limits';

export const noLimits: InstanceLimits = {ttlMs: null, spendMaxNanos: null, idleTimeoutMs: null};

/** When requests were last seen in the engines, and their token counters then. */
export interface InstanceActivity {
  readonly atMs: EpochMs;
  /** Prompt and generated tokens since the engines started; null where the agent cannot tell. */
  readonly tokens: number | null;
}

/** One limit with the moment it ends the instance, and the moment from which that is told. */
export interface LimitEnd {
  readonly limit: LimitName;
  readonly endsAtMs: EpochMs;
  readonly warnFromMs: EpochMs;
}

/** What limits are judged from. */
export interface LimitedInstance {
  readonly state: InstanceState;
  readonly stateSinceMs: EpochMs;
  readonly createdAtMs: EpochMs;
  readonly readyAtMs: EpochMs | null;
  readonly pricePerHourNanos: number;
  readonly billedFromMs: EpochMs | null;
  readonly billedUntilMs: EpochMs | null;
  readonly spentBeforeNanos: number;
  readonly limits: InstanceLimits | null;
  readonly activity: InstanceActivity | null;
}

const warnMaxMs = 15 * minuteMs;
const warnShare = 0.1;
/** Paid while requests finish and the machine is taken down: kept back from the money, so that the sum holds. */
const endingMaxMs = 3 * minuteMs;
const endingShare = 0.1;

export function hasLimits(limits: InstanceLimits | null): limits is InstanceLimits {
  return limits !== null && limitNames.some(name => limitOf(limits, name) !== null);
}

/** When each limit ends the instance as things are now, soonest first. What is not counting yet is not told. */
export function limitEnds(instance: LimitedInstance): readonly LimitEnd[] {
  const {limits} = instance;
  if (limits === null) return [];
  return limitNames
    .flatMap(limit => endOf(instance, limits, limit) ?? [])
    .toSorted((left, right) => left.endsAtMs - right.endsAtMs);
}

/** Why it ends, for the history: `it lived 8h 00m (--ttl)`. */
export function limitReason(limits: InstanceLimits, limit: LimitName): string {
  switch (limit) {
    case 'ttl':
      return `limit reached: it lived ${formatDuration(limits.ttlMs ?? 0)} (--ttl)`;
    case 'spend':
      return `limit reached: it cost ${formatEur(eurNanos(limits.spendMaxNanos ?? 0))} (--max-spend)`;
    case 'idle':
      return `limit reached: no request for ${formatDuration(limits.idleTimeoutMs ?? 0)} (--idle-timeout)`;
    default:
      return limit satisfies never;
  }
}

function endOf(instance: LimitedInstance, limits: InstanceLimits, limit: LimitName): LimitEnd | null {
  const span = spanOf(instance, limits, limit);
  if (span === null) return null;
  const warnMs = Math.min(warnMaxMs, span.lastsMs * warnShare);
  const endsAtMs = Math.min(span.fromMs + Math.floor(span.lastsMs), Number.MAX_SAFE_INTEGER);
  return {limit, endsAtMs, warnFromMs: endsAtMs - Math.floor(warnMs)};
}

function spanOf(
  instance: LimitedInstance,
  limits: InstanceLimits,
  limit: LimitName,
): {readonly fromMs: EpochMs; readonly lastsMs: number} | null {
  if (limit === 'ttl') return limits.ttlMs === null ? null : {fromMs: instance.createdAtMs, lastsMs: limits.ttlMs};
  if (limit === 'spend') return spendSpan(instance, limits);
  // Only what is known to serve can be idle: a silent worker is not one without work.
  if (limits.idleTimeoutMs === null || instance.state !== 'ready') return null;
  const fromMs = Math.max(instance.readyAtMs ?? 0, instance.stateSinceMs, instance.activity?.atMs ?? 0);
  return {fromMs, lastsMs: limits.idleTimeoutMs};
}

/** Between two places nothing is paid, and nothing counts. */
function spendSpan(instance: LimitedInstance, {spendMaxNanos}: InstanceLimits) {
  const {pricePerHourNanos, billedFromMs, billedUntilMs, spentBeforeNanos} = instance;
  if (spendMaxNanos === null || billedFromMs === null || billedUntilMs !== null) return null;
  const lastsMs = spendableMs(pricePerHourNanos, Math.max(0, spendMaxNanos - spentBeforeNanos));
  return lastsMs === null ? null : {fromMs: billedFromMs, lastsMs};
}

/** How long it serves for this money; the rest pays its end. Null when it costs nothing. */
export function spendableMs(pricePerHourNanos: number, spendMaxNanos: number): number | null {
  const lastsMs = affordableMs(pricePerHourNanos, spendMaxNanos);
  return lastsMs === null ? null : lastsMs - Math.floor(Math.min(endingMaxMs, lastsMs * endingShare));
}

/** Milliseconds or nano-euros, by the limit; null where there is none. */
export function limitOf(limits: InstanceLimits, limit: LimitName): number | null {
  if (limit === 'ttl') return limits.ttlMs;
  return limit === 'spend' ? limits.spendMaxNanos : limits.idleTimeoutMs;
}
