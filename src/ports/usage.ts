import type {
  DaySpend,
  UsageCorrection,
  UsageFilter,
  UsageGroup,
  UsageRecord,
  UsageTotals,
} from '../core/finops/usage.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {EpochMs} from '../core/time.ts';

export interface UsageStore {
  /**
   * Idempotent by request id: a batch written again changes nothing. Emits no event per row; one per batch and organization.
   * Answers with the ids that were new. Throws `invalid_input`, having written nothing, when it will never take one of the
   * records.
   */
  appendBatch(records: readonly UsageRecord[]): Promise<{inserted: readonly string[]}>;
  list(scope: OrgScope, filter: UsageFilter & {limit: number}): Promise<readonly UsageRecord[]>;
  find(scope: OrgScope, requestId: string): Promise<UsageRecord | null>;
  /** Sums of lines and corrections. */
  totals(scope: OrgScope, filter: UsageFilter): Promise<UsageTotals>;
  /** The same apart for each key, model and so on, the most expensive first; null stands for lines without an instance. */
  totalsBy(
    scope: OrgScope,
    group: UsageGroup,
    filter: UsageFilter,
  ): Promise<readonly {readonly id: string | null; readonly totals: UsageTotals}[]>;
  /**
   * Writes the counter-entry after which the line and all its corrections add up to `toNanos` (`usage.corrected`); null when
   * they do already. `not_found` without the line.
   */
  correct(
    scope: OrgScope,
    correction: {requestId: string; toNanos: number; reason: string; by: string},
  ): Promise<UsageCorrection | null>;
  /** Of one line, oldest first. */
  corrections(scope: OrgScope, requestId: string): Promise<readonly UsageCorrection[]>;
  /** All organizations, lines alone: what was spent on each day since then. */
  spendByDay(fromMs: EpochMs): Promise<readonly DaySpend[]>;
  /** What was spent past the proxy: corrections, and the lines of this key. */
  outsideSpend(
    organizationIds: readonly string[],
    filter: {fromMs: EpochMs; keyId: string},
  ): Promise<readonly DaySpend[]>;
}
