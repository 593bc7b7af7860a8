import {type ExpressionBuilder, sql} from 'kysely';
import type {DaySpend, UsageFilter, UsageGroup, UsageTotals} from '../../core/finops/usage.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import {dayMs, type EpochMs} from '../../core/time.ts';
import {listRowsMax} from './bounds.ts';
import type {Tables} from './tables.ts';
import type {Db} from './transaction.ts';
import {usageConditions} from './usage-filter.ts';

export async function usageTotals(db: Db, scope: OrgScope, filter: UsageFilter): Promise<UsageTotals> {
  return totalsOf(await usageEntries(db, scope, filter).select(sums).executeTakeFirstOrThrow());
}

export async function usageTotalsBy(
  db: Db,
  scope: OrgScope,
  group: UsageGroup,
  filter: UsageFilter,
): Promise<readonly {id: string | null; totals: UsageTotals}[]> {
  const column = groupColumns[group];
  const rows = await usageEntries(db, scope, filter)
    .select(`${column} as id`)
    .select(sums)
    .groupBy(column)
    .orderBy('amountNanos', 'desc')
    .orderBy('requests', 'desc')
    .orderBy(column)
    .limit(listRowsMax.usageGroups)
    .execute();
  return rows.map(({id, ...row}) => ({id, totals: totalsOf(row)}));
}

export function spendByDay(db: Db, fromMs: EpochMs): Promise<readonly DaySpend[]> {
  return sumDays(spentSince(db, fromMs).where('requests', '=', 1));
}

export async function outsideSpend(
  db: Db,
  organizationIds: readonly string[],
  {fromMs, keyId}: {fromMs: EpochMs; keyId: string},
): Promise<readonly DaySpend[]> {
  if (organizationIds.length === 0) return [];
  return sumDays(
    spentSince(db, fromMs)
      .where('organization_id', 'in', [...organizationIds])
      .where(({eb, or}) => or([eb('requests', '=', 0), eb('key_id', '=', keyId)])),
  );
}

function spentSince(db: Db, fromMs: EpochMs) {
  return db.selectFrom('usage_entries').where('started_at_ms', '>=', fromMs).where('amount_nanos', '<>', 0);
}

async function sumDays(query: ReturnType<typeof spentSince>): Promise<readonly DaySpend[]> {
  const dayStart = sql<number>`started_at_ms - started_at_ms % ${sql.lit(dayMs)}`;
  const rows = await query
    .select(['organization_id', 'key_id', 'user_id', 'model_hf_id', dayStart.as('dayStartMs')])
    .select(({fn}) => fn.sum('amount_nanos').as('amountNanos'))
    .groupBy(['organization_id', 'key_id', 'user_id', 'model_hf_id', dayStart])
    .execute();
  return rows.map(row => ({
    organizationId: row.organization_id,
    keyId: row.key_id,
    userId: row.user_id,
    modelHfId: row.model_hf_id,
    dayStartMs: Number(row.dayStartMs),
    amountNanos: Number(row.amountNanos),
  }));
}

export const groupColumns = {
  key: 'key_id',
  organization: 'organization_id',
  model: 'model_hf_id',
  instance: 'instance_id',
  user: 'user_id',
} as const satisfies Record<UsageGroup, string>;

export function usageEntries(db: Db, scope: OrgScope, filter: UsageFilter) {
  let query = db.selectFrom('usage_entries').where('organization_id', '=', scope.organizationId);
  for (const [column, operator, value] of usageConditions(filter)) query = query.where(column, operator, value);
  return query;
}

function sums({fn, eb}: ExpressionBuilder<Tables, 'usage_entries'>) {
  const counted = (outcome: string) => fn.sum(eb.case().when('outcome', '=', outcome).then(1).else(0).end());
  return [
    fn.sum('requests').as('requests'),
    fn.sum('prompt_tokens').as('promptTokens'),
    fn.sum('cached_prompt_tokens').as('cachedPromptTokens'),
    fn.sum('completion_tokens').as('completionTokens'),
    fn.sum('reasoning_tokens').as('reasoningTokens'),
    fn.sum('audio_ms').as('audioMs'),
    fn.sum('estimated').as('estimated'),
    counted('cancelled').as('cancelled'),
    counted('failed').as('failed'),
    fn.sum('amount_nanos').as('amountNanos'),
  ] as const;
}

/** A sum over no rows is null. */
function totalsOf(row: {readonly [Name in keyof UsageTotals]: number | string | bigint | null}): UsageTotals {
  return {
    requests: Number(row.requests ?? 0),
    promptTokens: Number(row.promptTokens ?? 0),
    cachedPromptTokens: Number(row.cachedPromptTokens ?? 0),
    completionTokens: Number(row.completionTokens ?? 0),
    reasoningTokens: Number(row.reasoningTokens ?? 0),
    audioMs: Number(row.audioMs ?? 0),
    estimated: Number(row.estimated ?? 0),
    cancelled: Number(row.cancelled ?? 0),
    failed: Number(row.failed ?? 0),
    amountNanos: Number(row.amountNanos ?? 0),
  };
}
