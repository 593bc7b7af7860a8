import type {LimitScope} from '../limits/scope.ts';
import {dayMs, type EpochMs} from '../time.ts';

export const budgetPeriods = ['day', 'month'] as const;

export type BudgetPeriod = (typeof budgetPeriods)[number];

/** What may be spent in each day or month (UTC) by a key, a user, on a model, or by a whole organization. */
export interface Budget extends LimitScope {
  readonly id: string;
  readonly period: BudgetPeriod;
  /** From here on it is told, and nothing is refused; null tells nothing. */
  readonly softNanos: number | null;
  /** What is never passed; null refuses nothing. */
  readonly hardNanos: number | null;
  readonly setBy: string;
  readonly setAtMs: EpochMs;
}

/** Whose budget, and of which period: there is one for each. */
export type BudgetSubject = Omit<LimitScope, 'organizationId'> & Pick<Budget, 'period'>;

/** When the day or month began that this moment is in; in UTC, whatever the clock on the wall says. */
export function periodStart(period: BudgetPeriod, atMs: EpochMs): EpochMs {
  if (period === 'day') return Math.floor(atMs / dayMs) * dayMs;
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** When the next one begins. */
export function periodEnd(period: BudgetPeriod, atMs: EpochMs): EpochMs {
  if (period === 'day') return periodStart('day', atMs) + dayMs;
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

export type BudgetState = 'within' | 'soft_reached' | 'exhausted';

export function budgetState({softNanos, hardNanos}: Budget, spentNanos: number): BudgetState {
  if (hardNanos !== null && spentNanos >= hardNanos) return 'exhausted';
  return softNanos !== null && spentNanos >= softNanos ? 'soft_reached' : 'within';
}

const nearShare = 0.9;

/** Its soft amount is reached, or the last tenth of the hard one, from where on requests begin to be refused. */
export function isBudgetNear({softNanos, hardNanos}: Budget, spentNanos: number): boolean {
  return (softNanos !== null && spentNanos >= softNanos) || (hardNanos !== null && spentNanos >= hardNanos * nearShare);
}

/** `the daily budget of this key`: what a refusal calls it, without names or ids. */
export function budgetWords({keyId, userId, modelHfId, period}: BudgetSubject): string {
  const parts = [keyId === null ? null : 'this key', userId === null ? null : 'this user'].filter(
    part => part !== null,
  );
  const owner = parts.length === 0 ? 'the organization' : parts.join(' and ');
  const on = modelHfId === null ? '' : ' for this model';
  return `the ${period === 'day' ? 'daily' : 'monthly'} budget of ${owner}${on}`;
}
