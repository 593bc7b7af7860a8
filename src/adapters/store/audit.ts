import {createHash} from 'node:crypto';
import type {AuditStore} from '../../ports/store.ts';
import {boundLimit, listRowsMax} from './bounds.ts';
import {metadataFromJson, toJson} from './json-column.ts';
import type {AuditRow} from './tables.ts';
import {type Db, readTogether, type StoreParts, write} from './transaction.ts';

const HEAD_ID = 1;
const GENESIS_HASH = '0'.repeat(64);
const VERIFY_PAGE_ROWS = 1000;

export function createAuditStore(parts: Pick<StoreParts, 'db' | 'clock' | 'ids'>): AuditStore {
  const {db, ids} = parts;
  return {
    append: (scope, entry) =>
      write(parts, async (tx, nowMs) => {
        // Raising the position locks the head, so that entries form one line.
        const head = await tx
          .updateTable('audit_head')
          .set(({eb}) => ({position: eb('position', '+', 1)}))
          .where('id', '=', HEAD_ID)
          .returningAll()
          .executeTakeFirstOrThrow();
        const unsealed = {
          position: head.position,
          id: ids.next('audit'),
          organization_id: scope.organizationId,
          actor: entry.actor,
          action: entry.action,
          subject: entry.subject,
          details: toJson(entry.details, 'audit_log.details'),
          correlation_id: entry.correlationId,
          at_ms: nowMs,
          previous_hash: head.hash,
        };
        const hash = auditHash(unsealed);
        await tx
          .insertInto('audit_log')
          .values({...unsealed, hash})
          .execute();
        await tx.updateTable('audit_head').set({hash}).where('id', '=', HEAD_ID).execute();
      }),

    async list(scope, {limit}) {
      const rows = await db
        .selectFrom('audit_log')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .orderBy('position', 'desc')
        .limit(boundLimit(limit, listRowsMax.audit))
        .execute();
      return rows.map(row => ({
        id: row.id,
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        details: metadataFromJson(row.details),
        atMs: row.at_ms,
        hash: row.hash,
      }));
    },

    verify: () => readTogether(db, verifyAuditChain),
  };
}

/**
 * Walks the whole chain: positions without gap, each row's hash right and carried by the next, the end where the head says.
 * `firstBadId` is the first row that does not fit; `end` when the last rows are missing.
 */
export async function verifyAuditChain(db: Db): Promise<{ok: boolean; rows: number; firstBadId: string | null}> {
  let count = 0;
  let hash = GENESIS_HASH;
  for (let page = await readPage(db, 0); page.length > 0; page = await readPage(db, count)) {
    for (const row of page) {
      if (row.position !== count + 1 || row.previous_hash !== hash || row.hash !== auditHash(row)) {
        return {ok: false, rows: count, firstBadId: row.id};
      }

      count += 1;
      hash = row.hash;
    }
  }

  const head = await db.selectFrom('audit_head').selectAll().where('id', '=', HEAD_ID).executeTakeFirst();
  const ok = head?.position === count && head.hash === hash;
  return {ok, rows: count, firstBadId: ok ? null : 'end'};
}

function readPage(db: Db, afterPosition: number): Promise<AuditRow[]> {
  return db
    .selectFrom('audit_log')
    .selectAll()
    .where('position', '>', afterPosition)
    .orderBy('position')
    .limit(VERIFY_PAGE_ROWS)
    .execute();
}

/** SHA-256 over the columns in a fixed order, as JSON, with the hash of the row before. */
function auditHash(row: Omit<AuditRow, 'hash'>): string {
  const columns = [
    row.previous_hash,
    row.position,
    row.id,
    row.organization_id,
    row.actor,
    row.action,
    row.subject,
    row.details,
    row.correlation_id,
    row.at_ms,
  ];
  return createHash('sha256').update(JSON.stringify(columns)).digest('hex');
}
