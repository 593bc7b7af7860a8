import {InventivError} from '../../core/errors.ts';
import type {InstanceFile} from '../../ports/instances.ts';
import {actionFromRow} from './action-row.ts';
import {listRowsMax} from './bounds.ts';
import {instanceFromRow} from './instance-row.ts';
import {resourceFromRow} from './resource-row.ts';
import type {InstanceRow} from './tables.ts';
import type {Db} from './transaction.ts';

/** The instance with its latest actions, oldest first, and all its resources; null where there is none. */
export async function readInstanceFile(db: Db, instanceId: string): Promise<InstanceFile | null> {
  const row = await db.selectFrom('instances').selectAll().where('id', '=', instanceId).executeTakeFirst();
  if (!row) return null;

  const actions = await db
    .selectFrom('actions')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .orderBy('position', 'desc')
    .limit(listRowsMax.actions)
    .execute();

  const resources = await db
    .selectFrom('resources')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .orderBy('created_at_ms')
    .orderBy('id')
    .limit(listRowsMax.resources)
    .execute();

  return {
    instance: instanceFromRow(row),
    actions: actions.reverse().map(actionFromRow),
    resources: resources.map(resourceFromRow),
  };
}

export function instanceNotFound(idOrName: string): InventivError {
  return new InventivError('not_found', `There is no instance "${idOrName.slice(0, 80)}".`, {
    hint: 'List them with `inventiv ps --all`.',
  });
}

/** Whether an owner still holds the lease: not expired, and not written by a clock that has since gone back by more than its length. */
export function isLeaseLive(row: InstanceRow, nowMs: number): boolean {
  if (row.lease_expires_at_ms === null || row.lease_renewed_at_ms === null) return false;
  const ttlMs = row.lease_expires_at_ms - row.lease_renewed_at_ms;
  return nowMs < row.lease_expires_at_ms && nowMs > row.lease_renewed_at_ms - ttlMs;
}
