import {InventivError} from '../../core/errors.ts';
import type {NewEvent} from '../../core/events.ts';
import type {UsageFilter, UsageOutcome, UsageRecord} from '../../core/finops/usage.ts';
import type {OrgScope, UsageStore} from '../../ports/store.ts';
import {boundLimit, chunksOf, listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import type {UsageRow} from './tables.ts';
import {type Db, type StoreParts, write} from './transaction.ts';

export function createUsageStore(parts: Pick<StoreParts, 'db' | 'clock'>): UsageStore {
  const {db} = parts;
  return {
    async appendBatch(records) {
      if (records.length === 0) return {inserted: 0};
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
          return {inserted: newIds.size};
        }),
      );
    },

    async list(scope, filter) {
      const rows = await filtered(db, scope, filter)
        .selectAll()
        .orderBy('started_at_ms', 'desc')
        .orderBy('request_id', 'desc')
        .limit(boundLimit(filter.limit, listRowsMax.usage))
        .execute();
      return rows.map(usageFromRow);
    },

    async totals(scope, filter) {
      const row = await filtered(db, scope, filter)
        .select(({fn, eb}) => [
          fn.countAll().as('requests'),
          fn.sum('prompt_tokens').as('promptTokens'),
          fn.sum('cached_prompt_tokens').as('cachedPromptTokens'),
          fn.sum('completion_tokens').as('completionTokens'),
          fn.sum('reasoning_tokens').as('reasoningTokens'),
          fn.sum('audio_ms').as('audioMs'),
          fn.sum('estimated').as('estimated'),
          fn.sum(eb.case().when('outcome', '=', 'cancelled').then(1).else(0).end()).as('cancelled'),
          fn.sum(eb.case().when('outcome', '=', 'failed').then(1).else(0).end()).as('failed'),
          fn.sum('amount_nanos').as('amountNanos'),
        ])
        .executeTakeFirstOrThrow();

      // A sum over no rows is null.
      return {
        requests: Number(row.requests),
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
    },
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

/** By start time: from `fromMs` on, before `untilMs`. */
function filtered(db: Db, scope: OrgScope, filter: UsageFilter) {
  let query = db.selectFrom('usage_ledger').where('organization_id', '=', scope.organizationId);
  if (filter.fromMs !== undefined) query = query.where('started_at_ms', '>=', filter.fromMs);
  if (filter.untilMs !== undefined) query = query.where('started_at_ms', '<', filter.untilMs);
  if (filter.keyId !== undefined) query = query.where('key_id', '=', filter.keyId);
  if (filter.instanceId !== undefined) query = query.where('instance_id', '=', filter.instanceId);
  if (filter.modelHfId !== undefined) query = query.where('model_hf_id', '=', filter.modelHfId);
  return query;
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

function usageToRow(record: UsageRecord): UsageRow {
  return {
    request_id: record.requestId,
    organization_id: record.organizationId,
    key_id: record.keyId,
    user_id: record.userId,
    model_hf_id: record.modelHfId,
    instance_id: record.instanceId,
    endpoint: record.endpoint,
    streamed: record.streamed ? 1 : 0,
    outcome: record.outcome,
    http_status: record.httpStatus,
    prompt_tokens: record.promptTokens,
    cached_prompt_tokens: record.cachedPromptTokens,
    completion_tokens: record.completionTokens,
    estimated: record.estimated ? 1 : 0,
    started_at_ms: record.startedAtMs,
    finished_at_ms: record.finishedAtMs,
    first_token_ms: record.firstTokenMs,
    amount_nanos: record.amountNanos,
    reasoning_tokens: record.reasoningTokens,
    audio_ms: record.audioMs,
    attempts: record.attempts,
  };
}

function usageFromRow(row: UsageRow): UsageRecord {
  return {
    requestId: row.request_id,
    organizationId: row.organization_id,
    keyId: row.key_id,
    userId: row.user_id,
    modelHfId: row.model_hf_id,
    instanceId: row.instance_id,
    endpoint: row.endpoint,
    streamed: row.streamed === 1,
    outcome: row.outcome as UsageOutcome,
    httpStatus: row.http_status,
    promptTokens: row.prompt_tokens,
    cachedPromptTokens: row.cached_prompt_tokens,
    completionTokens: row.completion_tokens,
    estimated: row.estimated === 1,
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms,
    firstTokenMs: row.first_token_ms,
    amountNanos: row.amount_nanos,
    reasoningTokens: row.reasoning_tokens,
    audioMs: row.audio_ms,
    attempts: row.attempts,
  };
}
