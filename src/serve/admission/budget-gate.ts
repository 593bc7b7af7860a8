import type {Budget} from '../../core/finops/budget.ts';
import {budgetState, budgetWords, periodEnd, periodStart} from '../../core/finops/budget.ts';
import {SpendBook} from '../../core/finops/spend-book.ts';
import type {DaySpend, UsageRecord} from '../../core/finops/usage.ts';
import {localChatKeyId} from '../../core/finops/usage.ts';
import type {LimitScope, ScopeIndex} from '../../core/limits/scope.ts';
import {indexScopes} from '../../core/limits/scope.ts';
import {type EpochMs, isoTime} from '../../core/time.ts';
import type {BudgetStore} from '../../ports/budgets.ts';
import type {Clock} from '../../ports/clock.ts';
import type {UsageStore} from '../../ports/usage.ts';
import type {AdmissionRequest, Gate, Headers, Refusal, Verdict} from './gate.ts';
import {noHeaders} from './gate.ts';

/** What is held for a request until it is over. */
interface Reservation {
  readonly budgets: readonly Budget[];
  readonly atMs: EpochMs;
  readonly amountNanos: number;
}

/** Settled requests that the ledger has not got yet; far more than wait for it, even where it cannot be written. */
const unwrittenMax = 200_000;

/**
 * Lets no request in that might pass a budget: what it costs at most is held from its admission to its end, when it becomes
 * what it cost. Spending is known from the ledger at the start (`load`) and from then on from what is settled and written,
 * each request once, in whatever order the two are heard of.
 */
export class BudgetGate implements Gate {
  private readonly store: {readonly budgets: Pick<BudgetStore, 'listAll'>; readonly usage: Ledger};
  private readonly clock: Clock;
  private readonly book = new SpendBook();
  private readonly open = new Map<string, Reservation>();
  private readonly unwritten = new Set<string>();
  private budgets: ScopeIndex<Budget> = indexScopes([]);
  private organizationIds: readonly string[] = [];
  private outside: readonly DaySpend[] = [];
  private held = 0;
  private isLoaded = false;

  constructor(store: BudgetGate['store'], clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Held for requests that are not over, each once, in however many budgets it counts. */
  get reservedNanos(): number {
    return this.held;
  }

  /** Once, when what crashed processes left is in the ledger and nothing writes to it yet. */
  async load(): Promise<void> {
    for (const spend of await this.store.usage.spendByDay(this.monthStart()))
      if (spend.keyId !== localChatKeyId) this.book.add(spend);
    this.isLoaded = true;
  }

  async refresh(): Promise<readonly LimitScope[]> {
    const budgets = await this.store.budgets.listAll();
    this.organizationIds = [...new Set(budgets.map(({organizationId}) => organizationId))];
    await this.readOutside();
    this.budgets = indexScopes(budgets);
    this.book.forgetBefore(this.monthStart());
    return budgets;
  }

  enter(request: AdmissionRequest): Verdict {
    const {requestId, startedAtMs: atMs, amountNanosMax: amountNanos} = request;
    const budgets = this.budgets.matching(request);
    const passed = budgets.find(budget => this.wouldPass(budget, atMs, amountNanos));
    if (passed !== undefined) return refusalBy(passed, atMs, this.book.spent(passed, atMs));
    for (const budget of budgets) this.book.reserve(budget, atMs, amountNanos);
    this.held += amountNanos;
    this.open.set(requestId, {budgets, atMs, amountNanos});
    return {
      kind: 'granted',
      headers: this.warning(budgets, atMs),
      settle: record => this.settled(record),
      release: () => void this.giveBack(requestId),
    };
  }

  /** Lines that are new in the ledger, whoever wrote them. */
  written(records: readonly UsageRecord[]): void {
    if (!this.isLoaded) return;
    for (const record of records) {
      // Settled before: counted then.
      if (this.unwritten.delete(record.requestId)) continue;
      this.giveBack(record.requestId);
      this.count(record);
    }
  }

  private settled(record: UsageRecord): void {
    // Written before, which settled it.
    if (!this.giveBack(record.requestId)) return;
    this.count(record);
    this.unwritten.add(record.requestId);
    const [oldest] = this.unwritten;
    if (this.unwritten.size > unwrittenMax && oldest !== undefined) this.unwritten.delete(oldest);
  }

  /** False when nothing is held for it. */
  private giveBack(requestId: string): boolean {
    const reservation = this.open.get(requestId);
    if (reservation === undefined) return false;
    const {budgets, atMs, amountNanos} = reservation;
    this.open.delete(requestId);
    for (const budget of budgets) this.book.reserve(budget, atMs, -amountNanos);
    this.held -= amountNanos;
    return true;
  }

  private count({organizationId, keyId, userId, modelHfId, startedAtMs, amountNanos}: UsageRecord): void {
    if (amountNanos === 0) return;
    const dayStartMs = periodStart('day', startedAtMs);
    this.book.add({organizationId, keyId, userId, modelHfId, dayStartMs, amountNanos});
  }

  private wouldPass(budget: Budget, atMs: EpochMs, amountNanos: number): boolean {
    if (budget.hardNanos === null) return false;
    return this.book.spent(budget, atMs) + this.book.reserved(budget, atMs) + amountNanos > budget.hardNanos;
  }

  private warning(budgets: readonly Budget[], atMs: EpochMs): Headers {
    const near = budgets.find(budget => budgetState(budget, this.book.spent(budget, atMs)) !== 'within');
    return near === undefined ? noHeaders : {'x-inventiv-budget-warning': budgetWords(near)};
  }

  /** Chats of the command line and corrections are written by other processes: their sums are read anew, and replaced. */
  private async readOutside(): Promise<void> {
    const filter = {fromMs: this.monthStart(), keyId: localChatKeyId};
    const outside = await this.store.usage.outsideSpend(this.organizationIds, filter);
    for (const spend of this.outside) this.book.add({...spend, amountNanos: -spend.amountNanos});
    for (const spend of outside) this.book.add(spend);
    this.outside = outside;
  }

  private monthStart(): EpochMs {
    return periodStart('month', this.clock.nowMs());
  }
}

type Ledger = Pick<UsageStore, 'spendByDay' | 'outsideSpend'>;

/** The ledger, which tells the gate of each line that is new in it. */
export function toldLedger(
  usage: Pick<UsageStore, 'appendBatch'>,
  gate: Pick<BudgetGate, 'written'>,
): Pick<UsageStore, 'appendBatch'> {
  return {
    async appendBatch(records) {
      const result = await usage.appendBatch(records);
      const isNew = new Set(result.inserted);
      gate.written(records.filter(({requestId}) => isNew.has(requestId)));
      return result;
    },
  };
}

function refusalBy(budget: Budget, atMs: EpochMs, spentNanos: number): Refusal {
  const {period, hardNanos} = budget;
  const isSpent = hardNanos !== null && spentNanos >= hardNanos;
  const words = budgetWords(budget);
  return {
    kind: 'refused',
    limit: `budget_${period}`,
    code: 'budget_exhausted',
    message: isSpent
      ? `There is nothing left of ${words}.`
      : `What is left of ${words} does not cover what this request may cost at most.`,
    hint: isSpent
      ? `The next one begins at ${isoTime(periodEnd(period, atMs))}.`
      : `Ask for less with "max_tokens", or wait until other requests are over. The next one begins at ${isoTime(periodEnd(period, atMs))}.`,
    retryAfterMs: null,
    headers: noHeaders,
  };
}
