import {InventivError} from '../../core/errors.ts';
import type {NewEvent} from '../../core/events.ts';
import type {UsageRecord} from '../../core/finops/usage.ts';
import type {UsageStore} from '../../ports/usage.ts';
import {boundLimit, chunksOf, listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import {type StoreParts, write} from './transaction.ts';
import {correctionsOf, correctLine} from './usage-corrections.ts';
import {usageConditions} from './usage-filter.ts';
import {usageFromRow, usageToRow} from './usage-row.ts';
import {outsideSpend, spendByDay, usageTotals, usageTotalsBy} from './usage-sums.ts';

export function createUsageStore(parts: Pick<StoreParts, 'db' | 'clock' | 'ids'>): UsageStore {
  const {db} = parts;
  return {
    async appendBatch(records) {
      if (records.length === 0) return {inserted: []};
      return refusingRecords(() =>
        write(parts, async (tx, nowMs) => {
          const newIds = new Set<string>();
          for (const chunk of chunksOf(records)) {
            const rows = await tx
              .insertInto('usage_ledger')
              .values(chunk.map(usageToRow))
              .onConflict(conflict => conflict.column('request_id').doNothing())
              .returning('request_id')
              .execute();
            for (const row of rows) newIds.add(row.request_id);
          }

          await appendEvents(tx, batchEvents(records.filter(record => newIds.has(record.requestId))), nowMs);
          return {inserted: [...newIds]};
        }),
      );
    },

    async list(scope, {limit, ...filter}) {
      let query = db.selectFrom('usage_ledger').selectAll().where('organization_id', '=', scope.organizationId);
      for (const [column, operator, value] of usageConditions(filter)) query = query.where(column, operator, value);
      const rows = await query
        .orderBy('started_at_ms', 'desc')
        .orderBy('request_id', 'desc')
        .limit(boundLimit(limit, listRowsMax.usage))
        .execute();
      return rows.map(usageFromRow);
    },

    async find(scope, requestId) {
      const row = await db
        .selectFrom('usage_ledger')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('request_id', '=', requestId)
        .executeTakeFirst();
      return row ? usageFromRow(row) : null;
    },

    correct: (scope, correction) => correctLine(parts, scope, correction),
    corrections: (scope, requestId) => correctionsOf(db, scope, requestId),
    totals: (scope, filter) => usageTotals(db, scope, filter),
    totalsBy: (scope, group, filter) => usageTotalsBy(db, scope, group, filter),
    spendByDay: fromMs => spendByDay(db, fromMs),
    outsideSpend: (organizationIds, filter) => outsideSpend(db, organizationIds, filter),
  };
}

/** A rule of the schema, or a value that cannot be bound: the same records will be refused again. */
async function refusingRecords<Result>(append: () => Promise<Result>): Promise<Result> {
  try {
    return await append();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const isRefused = /^(?:SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)|22|23)/.test(code) || error instanceof TypeError;
    if (!isRefused) throw error;
    throw new InventivError('invalid_input', 'The ledger refuses a usage record.', {cause: error});
  }
}

function batchEvents(records: readonly UsageRecord[]): readonly NewEvent[] {
  return [...Map.groupBy(records, record => record.organizationId)].map(([organizationId, own]) => ({
    organizationId,
    topic: 'usage',
    type: 'usage.recorded',
    subjectId: organizationId,
    correlationId: null,
    payload: {
      requests: own.length,
      promptTokens: sum(own, record => record.promptTokens),
      completionTokens: sum(own, record => record.completionTokens),
      amountNanos: sum(own, record => record.amountNanos),
    },
  }));
}

function sum(records: readonly UsageRecord[], value: (record: UsageRecord) => number): number {
  return records.reduce((total, record) => total + value(record), 0);
}
