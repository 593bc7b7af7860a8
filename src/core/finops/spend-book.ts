import type {LimitScope} from '../limits/scope.ts';
import {covers} from '../limits/scope.ts';
import {dayMs, type EpochMs} from '../time.ts';
import type {Budget} from './budget.ts';
import {periodEnd, periodStart} from './budget.ts';
import type {DaySpend} from './usage.ts';

/** What one budget has spent, and holds for requests that are not over, in one of its periods. */
interface Account {
  readonly scope: LimitScope;
  readonly fromMs: EpochMs;
  readonly untilMs: EpochMs;
  spentNanos: number;
  reservedNanos: number;
}

/**
 * What everybody spent, day by day, and what each budget has of it. Sums of a budget are made when they are first asked for
 * and followed from then on, so that one more request costs the same however much was spent before.
 */
export class SpendBook {
  private readonly days = new Map<EpochMs, Map<string, DaySpend>>();
  private readonly accounts = new Map<string, Account>();

  add(spend: DaySpend): void {
    const {organizationId, keyId, userId, modelHfId, dayStartMs, amountNanos} = spend;
    let day = this.days.get(dayStartMs);
    if (day === undefined) {
      day = new Map();
      this.days.set(dayStartMs, day);
    }

    const who = JSON.stringify([organizationId, keyId, userId, modelHfId]);
    day.set(who, {...spend, amountNanos: (day.get(who)?.amountNanos ?? 0) + amountNanos});
    for (const account of this.accounts.values())
      if (isIn(account, dayStartMs) && covers(account.scope, spend)) account.spentNanos += amountNanos;
  }

  /** In the period that `atMs` is in. */
  spent(budget: Budget, atMs: EpochMs): number {
    return this.account(budget, atMs).spentNanos;
  }

  reserved(budget: Budget, atMs: EpochMs): number {
    return this.account(budget, atMs).reservedNanos;
  }

  /** Holds an amount, or gives it back when it is below zero. */
  reserve(budget: Budget, atMs: EpochMs, amountNanos: number): void {
    this.account(budget, atMs).reservedNanos += amountNanos;
  }

  /** Forgets days before this one, and sums of periods that ended before it and hold nothing. */
  forgetBefore(atMs: EpochMs): void {
    for (const dayStartMs of this.days.keys()) if (dayStartMs + dayMs <= atMs) this.days.delete(dayStartMs);
    for (const [id, {untilMs, reservedNanos}] of this.accounts)
      if (untilMs <= atMs && reservedNanos === 0) this.accounts.delete(id);
  }

  private account(budget: Budget, atMs: EpochMs): Account {
    const fromMs = periodStart(budget.period, atMs);
    const id = `${budget.id} ${fromMs}`;
    let account = this.accounts.get(id);
    if (account === undefined) {
      account = {scope: budget, fromMs, untilMs: periodEnd(budget.period, atMs), spentNanos: 0, reservedNanos: 0};
      account.spentNanos = this.sum(account);
      this.accounts.set(id, account);
    }

    return account;
  }

  private sum(account: Account): number {
    let sum = 0;
    for (const [dayStartMs, day] of this.days) {
      if (!isIn(account, dayStartMs)) continue;
      for (const spend of day.values()) if (covers(account.scope, spend)) sum += spend.amountNanos;
    }

    return sum;
  }
}

function isIn({fromMs, untilMs}: Account, dayStartMs: EpochMs): boolean {
  return dayStartMs >= fromMs && dayStartMs < untilMs;
}
