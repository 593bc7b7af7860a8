import type {Budget, BudgetSubject} from '../core/finops/budget.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';

/** Budgets: one for each subject and period. */
export interface BudgetStore {
  /** Sets or replaces what is there for the subject and period (`budget.set`, topic `limits`). */
  put(scope: OrgScope, budget: BudgetSubject & Pick<Budget, 'softNanos' | 'hardNanos' | 'setBy'>): Promise<Budget>;
  /** Removes it (`budget.unset`); null when there is none. */
  remove(scope: OrgScope, subject: BudgetSubject): Promise<Budget | null>;
  list(scope: OrgScope): Promise<readonly Budget[]>;
  /** All organizations: what `serve` keeps to. */
  listAll(): Promise<readonly Budget[]>;
}
