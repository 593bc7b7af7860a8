import type {Budget, BudgetPeriod, BudgetSubject} from '../../core/finops/budget.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {BudgetStore} from '../../ports/budgets.ts';
import {listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import {refuseTooMany} from './refuse-too-many.ts';
import type {BudgetRow} from './tables.ts';
import {type Db, type StoreParts, type Tx, write} from './transaction.ts';

const mostBudgets = {
  table: 'budgets',
  max: listRowsMax.budgets,
  what: 'budgets',
  hint: 'Take one away: inventiv budgets unset',
} as const;

export function createBudgetStore(parts: Pick<StoreParts, 'db' | 'clock' | 'ids'>): BudgetStore {
  const {db, ids} = parts;
  return {
    put: (scope, {softNanos, hardNanos, setBy, ...subject}) =>
      write(parts, async (tx, nowMs) => {
        const before = await findRow(tx, scope, subject);
        if (before === undefined) await refuseTooMany(tx, scope, mostBudgets);
        const row: BudgetRow = {
          id: before?.id ?? ids.next('budget'),
          organization_id: scope.organizationId,
          key_id: subject.keyId,
          user_id: subject.userId,
          model_hf_id: subject.modelHfId,
          period: subject.period,
          soft_nanos: softNanos,
          hard_nanos: hardNanos,
          set_by: setBy,
          set_at_ms: nowMs,
        };
        if (before === undefined) await tx.insertInto('budgets').values(row).execute();
        else await tx.updateTable('budgets').set(row).where('id', '=', row.id).execute();
        await appendEvents(tx, [eventOf(row, 'budget.set')], nowMs);
        return budgetFromRow(row);
      }),

    remove: (scope, subject) =>
      write(parts, async (tx, nowMs) => {
        const row = await findRow(tx, scope, subject);
        if (row === undefined) return null;
        await tx.deleteFrom('budgets').where('id', '=', row.id).execute();
        await appendEvents(tx, [eventOf(row, 'budget.unset')], nowMs);
        return budgetFromRow(row);
      }),

    async list(scope) {
      const rows = await ordered(db)
        .where('organization_id', '=', scope.organizationId)
        .limit(listRowsMax.budgets)
        .execute();
      return rows.map(budgetFromRow);
    },

    async listAll() {
      return (await ordered(db).limit(listRowsMax.allBudgets).execute()).map(budgetFromRow);
    },
  };
}

function ordered(db: Db) {
  return db
    .selectFrom('budgets')
    .selectAll()
    .orderBy('organization_id')
    .orderBy('key_id')
    .orderBy('user_id')
    .orderBy('model_hf_id')
    .orderBy('period');
}

function findRow(tx: Tx, scope: OrgScope, subject: BudgetSubject): Promise<BudgetRow | undefined> {
  const members = [
    ['key_id', subject.keyId],
    ['user_id', subject.userId],
    ['model_hf_id', subject.modelHfId],
  ] as const;
  let query = tx
    .selectFrom('budgets')
    .selectAll()
    .where('organization_id', '=', scope.organizationId)
    .where('period', '=', subject.period);
  for (const [column, value] of members)
    query = value === null ? query.where(column, 'is', null) : query.where(column, '=', value);
  return query.executeTakeFirst();
}

function eventOf(row: BudgetRow, type: 'budget.set' | 'budget.unset') {
  const {period, soft_nanos: softNanos, hard_nanos: hardNanos} = row;
  return {
    organizationId: row.organization_id,
    topic: 'limits',
    type,
    subjectId: row.id,
    correlationId: null,
    payload: {keyId: row.key_id, userId: row.user_id, modelHfId: row.model_hf_id, period, softNanos, hardNanos},
  } as const;
}

function budgetFromRow(row: BudgetRow): Budget {
  return {
    id: row.id,
    organizationId: row.organization_id,
    keyId: row.key_id,
    userId: row.user_id,
    modelHfId: row.model_hf_id,
    period: row.period as BudgetPeriod,
    softNanos: row.soft_nanos,
    hardNanos: row.hard_nanos,
    setBy: row.set_by,
    setAtMs: row.set_at_ms,
  };
}
