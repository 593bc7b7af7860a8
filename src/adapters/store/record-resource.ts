import {InventivError} from '../../core/errors.ts';
import type {NewEvent} from '../../core/events.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {Resource} from '../../core/instance/resource.ts';
import type {EpochMs} from '../../core/time.ts';
import type {ResourceChange, ResourceFields} from '../../ports/instances.ts';
import {resourceEvent} from './instance-events.ts';
import {resourceFieldsToColumns, resourceFromRow, resourceToRow, statusTimeColumns} from './resource-row.ts';
import type {Tx} from './transaction.ts';

/** Book-keeping of retries and reconciliation: makes no event. */
const quietFields: readonly (keyof ResourceFields)[] = [
  'deleteAttempts',
  'nextAttemptAtMs',
  'lastError',
  'reconciledAtMs',
  'lastReconciliationAtMs',
];

export async function applyResource(
  tx: Tx,
  instance: Instance,
  change: ResourceChange,
  correlationId: string,
  nowMs: EpochMs,
): Promise<readonly NewEvent[]> {
  return change.kind === 'insert'
    ? [resourceEvent(await insert(tx, instance, change.resource, nowMs), change.resource.status, correlationId)]
    : update(tx, instance, change, correlationId, nowMs);
}

/** Times that the caller already knows are kept. */
async function insert(tx: Tx, instance: Instance, resource: Resource, nowMs: EpochMs): Promise<Resource> {
  if (resource.instanceId !== instance.id || resource.organizationId !== instance.organizationId) {
    throw new InventivError(
      'unexpected',
      `Resource ${resource.id} belongs to ${resource.instanceId}, not to ${instance.id}.`,
    );
  }

  const row = resourceToRow(resource);
  const times = Object.entries(statusTimeColumns(resource.status, nowMs)).filter(
    ([column]) => row[column as keyof typeof row] === null,
  );
  const inserted = {...row, ...Object.fromEntries(times)};
  await tx.insertInto('resources').values(inserted).execute();
  return resourceFromRow(inserted);
}

async function update(
  tx: Tx,
  instance: Instance,
  change: ResourceChange & {kind: 'update'},
  correlationId: string,
  nowMs: EpochMs,
): Promise<readonly NewEvent[]> {
  const {kind: _, resourceId, ...fields} = change;
  const row = await tx
    .selectFrom('resources')
    .selectAll()
    .where('id', '=', resourceId)
    .where('instance_id', '=', instance.id)
    .executeTakeFirst();
  if (!row) {
    throw new InventivError('not_found', `There is no resource "${resourceId}" of instance ${instance.name}.`);
  }

  const status = fields.status !== undefined && fields.status !== row.status ? fields.status : null;
  const columns = {...resourceFieldsToColumns(fields), ...(status ? statusTimeColumns(status, nowMs) : {})};
  if (Object.keys(columns).length === 0) return [];
  await tx.updateTable('resources').set(columns).where('id', '=', resourceId).execute();

  const updated = resourceFromRow({...row, ...columns});
  if (status) return [resourceEvent(updated, status, correlationId)];
  const isLoud = Object.keys(fields).some(name => name !== 'status' && !quietFields.some(quiet => quiet === name));
  return isLoud ? [resourceEvent(updated, 'updated', correlationId)] : [];
}
