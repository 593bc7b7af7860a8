import {sql} from 'kysely';
import {InventivError} from '../../core/errors.ts';
import {stepMs} from '../../core/finops/usage-series.ts';
import type {UsageReportStore} from '../../ports/usage-reports.ts';
import {boundLimit, listRowsMax} from './bounds.ts';
import type {StoreParts} from './transaction.ts';
import {usageConditions} from './usage-filter.ts';
import {usageFromRow} from './usage-row.ts';
import {groupColumns, usageEntries} from './usage-sums.ts';

export function createUsageReportStore({db}: Pick<StoreParts, 'db'>): UsageReportStore {
  return {
    async series(scope, filter, {step, by}) {
      const ms = sql.lit(stepMs[step]);
      const rows = await usageEntries(db, scope, filter)
        .select(({fn, ref}) => [
          // Whole numbers on both engines: the remainder has the type of its operands.
          sql<number>`started_at_ms - started_at_ms % ${ms}`.as('atMs'),
          by === null ? sql<null>`NULL`.as('id') : ref(groupColumns[by]).as('id'),
          fn.sum('requests').as('requests'),
          fn.sum('prompt_tokens').as('promptTokens'),
          fn.sum('completion_tokens').as('completionTokens'),
          fn.sum('amount_nanos').as('amountNanos'),
        ])
        .groupBy(['atMs', 'id'])
        .orderBy('atMs')
        .orderBy('id')
        .limit(listRowsMax.usagePoints + 1)
        .execute();
      if (rows.length > listRowsMax.usagePoints) {
        throw new InventivError('invalid_input', `The series has more than ${listRowsMax.usagePoints} points.`, {
          hint: 'Use --step day, a shorter period, or less of it (--key, --model, --instance).',
        });
      }

      return rows.map(({atMs, id, ...sums}) => ({
        atMs: Number(atMs),
        id,
        requests: Number(sums.requests),
        promptTokens: Number(sums.promptTokens),
        completionTokens: Number(sums.completionTokens),
        amountNanos: Number(sums.amountNanos),
      }));
    },

    async page(scope, filter, {after, limit}) {
      let query = db.selectFrom('usage_ledger').where('organization_id', '=', scope.organizationId);
      for (const [column, operator, value] of usageConditions(filter)) query = query.where(column, operator, value);
      if (after !== null) {
        const {startedAtMs, requestId} = after;
        // Two conditions, so that the index finds the place of the first.
        query = query
          .where('started_at_ms', '>=', startedAtMs)
          .where(({eb, or}) => or([eb('started_at_ms', '>', startedAtMs), eb('request_id', '>', requestId)]));
      }

      const rows = await query
        .selectAll()
        .orderBy('started_at_ms')
        .orderBy('request_id')
        .limit(boundLimit(limit, listRowsMax.usage))
        .execute();
      return rows.map(usageFromRow);
    },
  };
}
