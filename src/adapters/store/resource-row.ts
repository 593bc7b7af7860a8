import type {Resource, ResourceKind, ResourceStatus} from '../../core/instance/resource.ts';
import type {EpochMs} from '../../core/time.ts';
import type {ResourceFields} from '../../ports/instances.ts';
import type {ResourceRow} from './tables.ts';

export function resourceFromRow(row: ResourceRow): Resource {
  return {
    id: row.id,
    organizationId: row.organization_id,
    instanceId: row.instance_id,
    kind: row.kind as ResourceKind,
    provider: row.provider,
    zone: row.zone,
    providerId: row.provider_id,
    name: row.name,
    status: row.status as ResourceStatus,
    providerType: row.provider_type,
    sizeBytes: row.size_bytes,
    iops: row.iops,
    isBoot: row.is_boot === 1,
    deleteOnTerminate: row.delete_on_terminate === 1,
    address: row.address,
    deleteAttempts: row.delete_attempts,
    nextAttemptAtMs: row.next_attempt_at_ms,
    lastError: row.last_error,
    createdAtMs: row.created_at_ms,
    attachedAtMs: row.attached_at_ms,
    detachedAtMs: row.detached_at_ms,
    deletingAtMs: row.deleting_at_ms,
    deletedAtMs: row.deleted_at_ms,
    reconciledAtMs: row.reconciled_at_ms,
    lastReconciliationAtMs: row.last_reconciliation_at_ms,
  };
}

export function resourceToRow(resource: Resource): ResourceRow {
  return {
    id: resource.id,
    organization_id: resource.organizationId,
    instance_id: resource.instanceId,
    kind: resource.kind,
    provider: resource.provider,
    zone: resource.zone,
    provider_id: resource.providerId,
    name: resource.name,
    status: resource.status,
    provider_type: resource.providerType,
    size_bytes: resource.sizeBytes,
    iops: resource.iops,
    is_boot: flag(resource.isBoot),
    delete_on_terminate: flag(resource.deleteOnTerminate),
    address: resource.address,
    delete_attempts: resource.deleteAttempts,
    next_attempt_at_ms: resource.nextAttemptAtMs,
    last_error: resource.lastError,
    created_at_ms: resource.createdAtMs,
    attached_at_ms: resource.attachedAtMs,
    detached_at_ms: resource.detachedAtMs,
    deleting_at_ms: resource.deletingAtMs,
    deleted_at_ms: resource.deletedAtMs,
    reconciled_at_ms: resource.reconciledAtMs,
    last_reconciliation_at_ms: resource.lastReconciliationAtMs,
  };
}

/** Columns for the fields that are given; what is absent stays as it is. */
export function resourceFieldsToColumns(fields: ResourceFields): Partial<ResourceRow> {
  const columns: Partial<ResourceRow> = {};
  if (fields.providerId !== undefined) columns.provider_id = fields.providerId;
  if (fields.status !== undefined) columns.status = fields.status;
  if (fields.providerType !== undefined) columns.provider_type = fields.providerType;
  if (fields.name !== undefined) columns.name = fields.name;
  if (fields.sizeBytes !== undefined) columns.size_bytes = fields.sizeBytes;
  if (fields.iops !== undefined) columns.iops = fields.iops;
  if (fields.isBoot !== undefined) columns.is_boot = flag(fields.isBoot);
  if (fields.deleteOnTerminate !== undefined) columns.delete_on_terminate = flag(fields.deleteOnTerminate);
  if (fields.address !== undefined) columns.address = fields.address;
  if (fields.deleteAttempts !== undefined) columns.delete_attempts = fields.deleteAttempts;
  if (fields.nextAttemptAtMs !== undefined) columns.next_attempt_at_ms = fields.nextAttemptAtMs;
  if (fields.lastError !== undefined) columns.last_error = fields.lastError;
  if (fields.reconciledAtMs !== undefined) columns.reconciled_at_ms = fields.reconciledAtMs;
  if (fields.lastReconciliationAtMs !== undefined) columns.last_reconciliation_at_ms = fields.lastReconciliationAtMs;
  return columns;
}

/** The time column that reaching a status sets. */
export function statusTimeColumns(status: ResourceStatus, nowMs: EpochMs): Partial<ResourceRow> {
  switch (status) {
    case 'planned':
    case 'creating':
      return {};
    case 'attached':
      return {attached_at_ms: nowMs};
    case 'detached':
      return {detached_at_ms: nowMs};
    case 'deleting':
      return {deleting_at_ms: nowMs};
    case 'deleted':
      return {deleted_at_ms: nowMs};
  }
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}
