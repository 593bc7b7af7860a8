import {InventivError} from '../../core/errors.ts';
import type {NewEvent} from '../../core/events.ts';
import type {ActionMetadata} from '../../core/instance/action.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {ApiKeyStore} from '../../ports/store.ts';
import {apiKeyFromRow, apiKeyToRow} from './api-key-row.ts';
import {listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import {toJson} from './json-column.ts';
import type {ApiKeyRow} from './tables.ts';
import {type StoreParts, type Tx, write} from './transaction.ts';

export function createApiKeyStore(parts: Pick<StoreParts, 'db' | 'clock' | 'dialect'>): ApiKeyStore {
  const {db, clock, dialect} = parts;
  return {
    async create(scope, key) {
      if (key.organizationId !== scope.organizationId) {
        throw new InventivError('not_allowed', `Key "${key.name}" belongs to another organization.`);
      }

      try {
        await write(parts, async (tx, nowMs) => {
          await tx.insertInto('api_keys').values(apiKeyToRow(key)).execute();
          await appendEvents(tx, [keyEvent(scope, key.id, 'key.created', {name: key.name, prefix: key.prefix})], nowMs);
        });
      } catch (thrown) {
        if (dialect.violation(thrown) !== 'unique') throw thrown;
        throw new InventivError('conflict', `A key named "${key.name}" is there already.`, {
          hint: `Choose another name, or revoke it: inventiv keys revoke ${key.name}`,
          param: 'name',
          cause: thrown,
        });
      }
    },

    async list(scope, {includeRevoked}) {
      let query = db.selectFrom('api_keys').selectAll().where('organization_id', '=', scope.organizationId);
      if (!includeRevoked) query = query.where('revoked_at_ms', 'is', null);
      const rows = await query.orderBy('created_at_ms', 'desc').orderBy('id', 'desc').limit(listRowsMax.keys).execute();
      return rows.map(apiKeyFromRow);
    },

    async find(scope, idOrName) {
      const row = await db
        .selectFrom('api_keys')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where(({eb, and, or}) =>
          or([eb('id', '=', idOrName), and([eb('name', '=', idOrName), eb('revoked_at_ms', 'is', null)])]),
        )
        .orderBy(({eb}) => eb.case().when('id', '=', idOrName).then(0).else(1).end())
        .limit(1)
        .executeTakeFirst();
      return row ? apiKeyFromRow(row) : null;
    },

    revoke: (scope, keyId, atMs) =>
      write(parts, async (tx, nowMs) => {
        const key = await requireKey(tx, scope, keyId);
        if (key.revoked_at_ms !== null) return;
        await tx.updateTable('api_keys').set({revoked_at_ms: atMs}).where('id', '=', keyId).execute();
        await appendEvents(tx, [keyEvent(scope, keyId, 'key.revoked', {name: key.name, prefix: key.prefix})], nowMs);
      }),

    rotate: (scope, keyId, next) =>
      write(parts, async (tx, nowMs) => {
        const key = await requireKey(tx, scope, keyId);
        if (key.revoked_at_ms !== null) {
          throw new InventivError('conflict', `Key "${key.name}" was revoked and cannot be rotated.`, {
            hint: `Create a new one: inventiv keys create --name ${key.name}`,
          });
        }

        await tx
          .updateTable('api_keys')
          .set({
            hash: next.hash,
            prefix: next.prefix,
            previous_hash: key.hash,
            previous_valid_until_ms: next.oldValidUntilMs,
          })
          .where('id', '=', keyId)
          .execute();
        const facts = {name: key.name, prefix: next.prefix, oldValidUntilMs: next.oldValidUntilMs};
        await appendEvents(tx, [keyEvent(scope, keyId, 'key.rotated', facts)], nowMs);
      }),

    setCaps: (scope, keyId, caps) =>
      write(parts, async (tx, nowMs) => {
        const key = await requireKey(tx, scope, keyId);
        const text = caps === null ? null : toJson(caps, 'api_keys.caps');
        await tx.updateTable('api_keys').set({caps: text}).where('id', '=', keyId).execute();
        const facts = {name: key.name, prefix: key.prefix};
        await appendEvents(tx, [keyEvent(scope, keyId, 'key.updated', facts)], nowMs);
      }),

    async listUsable() {
      const nowMs = clock.nowMs();
      const rows = await db
        .selectFrom('api_keys')
        .selectAll()
        .where('revoked_at_ms', 'is', null)
        .where(({eb, or}) => or([eb('expires_at_ms', 'is', null), eb('expires_at_ms', '>', nowMs)]))
        .orderBy('id')
        .limit(listRowsMax.usableKeys)
        .execute();
      return rows.map(apiKeyFromRow);
    },

    async recordLastUsed(uses) {
      if (uses.length === 0) return;
      await write(parts, async tx => {
        for (const {keyId, atMs} of uses) {
          await tx
            .updateTable('api_keys')
            .set({last_used_at_ms: atMs})
            .where('id', '=', keyId)
            .where(({eb, or}) => or([eb('last_used_at_ms', 'is', null), eb('last_used_at_ms', '<', atMs)]))
            .execute();
        }
      });
    },
  };
}

async function requireKey(tx: Tx, scope: OrgScope, keyId: string): Promise<ApiKeyRow> {
  const row = await tx
    .selectFrom('api_keys')
    .selectAll()
    .where('id', '=', keyId)
    .where('organization_id', '=', scope.organizationId)
    .executeTakeFirst();
  if (row) return row;

  throw new InventivError('not_found', `There is no key "${keyId.slice(0, 80)}".`, {
    hint: 'List them with `inventiv keys list`.',
  });
}

function keyEvent(scope: OrgScope, keyId: string, type: string, payload: ActionMetadata): NewEvent {
  return {organizationId: scope.organizationId, topic: 'keys', type, subjectId: keyId, correlationId: null, payload};
}
