import type {UsageFilter, UsageGroup, UsageRecord} from '../core/finops/usage.ts';
import type {UsagePoint, UsageStep} from '../core/finops/usage-series.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';

/** The ledger as reports read it: added up by the database, or in pages, so that no report holds all of it. */
export interface UsageReportStore {
  /** By time, then by group, corrections on the day they were made; what nothing was asked in has no point. `invalid_input` for more points than can be shown. */
  series(
    scope: OrgScope,
    filter: UsageFilter,
    shape: {step: UsageStep; by: UsageGroup | null},
  ): Promise<readonly UsagePoint[]>;
  /** Oldest first, after the line that the page before ended with. Shorter than `limit`: there is no more. */
  page(
    scope: OrgScope,
    filter: UsageFilter,
    page: {after: UsageCursor | null; limit: number},
  ): Promise<readonly UsageRecord[]>;
}

export type UsageCursor = Pick<UsageRecord, 'startedAtMs' | 'requestId'>;
