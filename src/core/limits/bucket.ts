import type {EpochMs} from '../time.ts';
import {minuteMs} from '../time.ts';

/**
 * A token bucket, kept as a debt that time pays back: full at first, empty when the debt is a minute's worth. Whole
 * numbers throughout (units times `minuteMs`), so that nothing is lost or won by rounding.
 */
export interface Bucket {
  readonly debt: number;
  readonly atMs: EpochMs;
  /** How long it has lived by the steps that the clock made forward; steps back count nothing. */
  readonly ageMs: number;
}

/** What was taken for one request, to be corrected when its true size is known. */
export interface Taken {
  readonly amount: number;
  readonly atAgeMs: number;
}

export function fullBucket(nowMs: EpochMs): Bucket {
  return {debt: 0, atMs: nowMs, ageMs: 0};
}

/** The bucket at this moment. A clock that goes back pays nothing, and holds up nothing that comes after. */
export function refilled({debt, atMs, ageMs}: Bucket, perMinute: number, nowMs: EpochMs): Bucket {
  const passedMs = Math.max(0, nowMs - atMs);
  return {debt: Math.max(0, debt - passedMs * perMinute), atMs: nowMs, ageMs: ageMs + passedMs};
}

/** Whole units that may be taken now. */
export function leftIn({debt}: Bucket, perMinute: number): number {
  return Math.max(0, Math.floor((perMinute * minuteMs - debt) / minuteMs));
}

/** How long until so much may be taken; 0 for now, null for never. */
export function waitMs({debt}: Bucket, perMinute: number, amount: number): number | null {
  if (amount > perMinute) return null;
  const missing = debt + amount * minuteMs - perMinute * minuteMs;
  return missing <= 0 ? 0 : Math.ceil(missing / perMinute);
}

export function untilFullMs({debt}: Bucket, perMinute: number): number {
  return Math.ceil(debt / perMinute);
}

export function take(bucket: Bucket, amount: number): Bucket {
  return {...bucket, debt: bucket.debt + amount * minuteMs};
}

/**
 * The bucket as if `used` had been taken in the first place. What time has paid back since is not given back twice; what
 * was used beyond the amount is owed.
 */
export function corrected(bucket: Bucket, perMinute: number, {amount, atAgeMs}: Taken, used: number): Bucket {
  const taken = amount * minuteMs;
  const paidBack = (bucket.ageMs - atAgeMs) * perMinute;
  const surplus = taken - used * minuteMs;
  const due = surplus > 0 ? Math.max(0, Math.min(surplus, taken - paidBack)) : surplus;
  return {...bucket, debt: Math.max(0, bucket.debt - due)};
}
