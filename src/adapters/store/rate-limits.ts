import type {NewEvent} from '../../core/events.ts';
import type {RateLimit} from '../../core/limits/rate-limit.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {RateLimitOwner, RateLimitStore} from '../../ports/rate-limits.ts';
import {listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import {refuseTooMany} from './refuse-too-many.ts';
import type {RateLimitRow} from './tables.ts';
import {type Db, type StoreParts, type Tx, write} from './transaction.ts';

const mostLimits = {
  table: 'rate_limits',
  max: listRowsMax.rateLimits,
  what: 'rate limits',
  hint: 'Take one away: inventiv rate-limits unset',
} as const;

export function createRateLimitStore(parts: Pick<StoreParts, 'db' | 'clock'>): RateLimitStore {
  const {db} = parts;
  return {
    put: (scope, {id, keyId, modelHfId, requestsPerMinute, tokensPerMinute, concurrency}) =>
      write(parts, async (tx, nowMs) => {
        const before = await ownedBy(tx, scope, {keyId, modelHfId}).executeTakeFirst();
        if (before === undefined) await refuseTooMany(tx, scope, mostLimits);
        const row: RateLimitRow = {
          id: before?.id ?? id,
          organization_id: scope.organizationId,
          key_id: keyId,
          model_hf_id: modelHfId,
          requests_per_minute: requestsPerMinute,
          tokens_per_minute: tokensPerMinute,
          concurrency,
          updated_at_ms: nowMs,
        };
        if (before === undefined) await tx.insertInto('rate_limits').values(row).execute();
        else await tx.updateTable('rate_limits').set(row).where('id', '=', row.id).execute();
        await appendEvents(tx, [eventOf(row, 'rate_limit.set')], nowMs);
        return limitFromRow(row);
      }),

    remove: (scope, owner) =>
      write(parts, async (tx, nowMs) => {
        const row = await ownedBy(tx, scope, owner).executeTakeFirst();
        if (row === undefined) return null;
        await tx.deleteFrom('rate_limits').where('id', '=', row.id).execute();
        await appendEvents(tx, [eventOf(row, 'rate_limit.unset')], nowMs);
        return limitFromRow(row);
      }),

    async list(scope) {
      const rows = await ordered(db)
        .where('organization_id', '=', scope.organizationId)
        .limit(listRowsMax.rateLimits)
        .execute();
      return rows.map(limitFromRow);
    },

    async listAll() {
      return (await ordered(db).limit(listRowsMax.allRateLimits).execute()).map(limitFromRow);
    },
  };
}

function ordered(db: Db) {
  return db.selectFrom('rate_limits').selectAll().orderBy('organization_id').orderBy('key_id').orderBy('model_hf_id');
}

function ownedBy(tx: Tx, scope: OrgScope, {keyId, modelHfId}: RateLimitOwner) {
  const query = tx.selectFrom('rate_limits').selectAll().where('organization_id', '=', scope.organizationId);
  const ofKey = keyId === null ? query.where('key_id', 'is', null) : query.where('key_id', '=', keyId);
  return modelHfId === null ? ofKey.where('model_hf_id', 'is', null) : ofKey.where('model_hf_id', '=', modelHfId);
}

function eventOf(row: RateLimitRow, type: string): NewEvent {
  return {
    organizationId: row.organization_id,
    topic: 'limits',
    type,
    subjectId: row.id,
    correlationId: null,
    payload: {
      keyId: row.key_id,
      modelHfId: row.model_hf_id,
      requestsPerMinute: row.requests_per_minute,
      tokensPerMinute: row.tokens_per_minute,
      concurrency: row.concurrency,
    },
  };
}

function limitFromRow(row: RateLimitRow): RateLimit {
  return {
    id: row.id,
    organizationId: row.organization_id,
    keyId: row.key_id,
    userId: null,
    modelHfId: row.model_hf_id,
    requestsPerMinute: row.requests_per_minute,
    tokensPerMinute: row.tokens_per_minute,
    concurrency: row.concurrency,
    updatedAtMs: row.updated_at_ms,
  };
}
