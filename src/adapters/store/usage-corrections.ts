import {InventivError} from '../../core/errors.ts';
import type {UsageCorrection} from '../../core/finops/usage.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import {appendEvents} from './events.ts';
import {type Db, type StoreParts, type Tx, write} from './transaction.ts';
import {correctionFromRow} from './usage-row.ts';

/** See `UsageStore.correct`. The line is read and the entry written in one transaction: two corrections never add up. */
export function correctLine(
  parts: Pick<StoreParts, 'db' | 'clock' | 'ids'>,
  scope: OrgScope,
  {requestId, toNanos, reason, by}: {requestId: string; toNanos: number; reason: string; by: string},
): Promise<UsageCorrection | null> {
  return write(parts, async (tx, nowMs) => {
    const line = await tx
      .selectFrom('usage_ledger')
      .select(['key_id', 'user_id', 'model_hf_id', 'instance_id', 'amount_nanos'])
      .where('organization_id', '=', scope.organizationId)
      .where('request_id', '=', requestId)
      .executeTakeFirst();
    if (!line) throw noLine(requestId);
    const {amount_nanos: billedNanos, ...subject} = line;
    const before = billedNanos + (await correctedBy(tx, requestId));
    if (before === toNanos) return null;

    const row = {
      id: parts.ids.next('correction'),
      request_id: requestId,
      organization_id: scope.organizationId,
      ...subject,
      amount_nanos: toNanos - before,
      reason,
      corrected_by: by,
      corrected_at_ms: nowMs,
    };
    await tx.insertInto('usage_corrections').values(row).execute();
    const event = {
      organizationId: scope.organizationId,
      topic: 'usage',
      type: 'usage.corrected',
      subjectId: requestId,
      correlationId: null,
      payload: {correctionId: row.id, amountNanos: row.amount_nanos, by},
    } as const;
    await appendEvents(tx, [event], nowMs);
    return correctionFromRow(row);
  });
}

export async function correctionsOf(db: Db, scope: OrgScope, requestId: string): Promise<readonly UsageCorrection[]> {
  const rows = await db
    .selectFrom('usage_corrections')
    .selectAll()
    .where('organization_id', '=', scope.organizationId)
    .where('request_id', '=', requestId)
    .orderBy('corrected_at_ms')
    .orderBy('id')
    .execute();
  return rows.map(correctionFromRow);
}

async function correctedBy(tx: Tx, requestId: string): Promise<number> {
  const {sum} = await tx
    .selectFrom('usage_corrections')
    .select(({fn}) => fn.sum('amount_nanos').as('sum'))
    .where('request_id', '=', requestId)
    .executeTakeFirstOrThrow();
  return Number(sum ?? 0);
}

function noLine(requestId: string): InventivError {
  return new InventivError('not_found', `The ledger has no request "${requestId.slice(0, 80)}".`, {
    hint: 'Ids of recent requests: inventiv requests tail. A request is on the ledger a moment after its end.',
    param: 'request',
  });
}
