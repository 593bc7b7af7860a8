import type {Selectable} from 'kysely';
import type {InstanceActivity, InstanceLimits} from '../../core/finops/limits.ts';
import type {
  Instance,
  InstanceFailure,
  InstanceSpec,
  Lease,
  ProviderName,
  StateChange,
  WorkerEndpoint,
} from '../../core/instance/instance.ts';
import type {InstanceState} from '../../core/instance/state.ts';
import type {InstanceFields} from '../../ports/instances.ts';
import {fromJson, isRecord, isStringArray, toJson} from './json-column.ts';
import type {InstanceRow, StateHistoryTable} from './tables.ts';

/** `provider` and `state` hold what their CHECK constraints let in. */
export function instanceFromRow(row: InstanceRow): Instance {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    provider: row.provider as ProviderName,
    zone: row.zone,
    instanceType: row.instance_type,
    gpuCount: row.gpu_count,
    spec: fromJson(row.spec, 'instances.spec', row.id, isSpec),
    state: row.state as InstanceState,
    stateReason: row.state_reason,
    stateSinceMs: row.state_since_ms,
    failure: row.failure === null ? null : fromJson(row.failure, 'instances.failure', row.id, isFailure),
    endpoint: row.endpoint === null ? null : fromJson(row.endpoint, 'instances.endpoint', row.id, isEndpoint),
    workerKeySealed: row.worker_key_sealed,
    agentVersion: row.agent_version,
    agentSha256: row.agent_sha256,
    lease: leaseFromRow(row),
    pricePerHourNanos: row.price_per_hour_nanos,
    limits: row.limits === null ? null : fromJson(row.limits, 'instances.limits', row.id, isLimits),
    activity: row.activity === null ? null : fromJson(row.activity, 'instances.activity', row.id, isActivity),
    correlationId: row.correlation_id,
    createdAtMs: row.created_at_ms,
    billedFromMs: row.billed_from_ms,
    billedUntilMs: row.billed_until_ms,
    spentBeforeNanos: row.spent_before_nanos,
    readyAtMs: row.ready_at_ms,
    terminatedAtMs: row.terminated_at_ms,
    archivedAtMs: row.archived_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    consecutiveFailures: row.consecutive_failures,
    breaker:
      row.breaker_opened_at_ms === null
        ? null
        : {openedAtMs: row.breaker_opened_at_ms, reason: row.breaker_reason ?? 'unknown'},
  };
}

/** A new instance holds no lease: leases are taken by `acquireLease` alone. */
export function instanceToRow(instance: Instance): InstanceRow {
  return {
    id: instance.id,
    organization_id: instance.organizationId,
    deployment_id: null,
    name: instance.name,
    provider: instance.provider,
    zone: instance.zone,
    instance_type: instance.instanceType,
    gpu_count: instance.gpuCount,
    model_hf_id: instance.spec.modelHfId,
    spec: toJson(instance.spec, 'instances.spec'),
    state: instance.state,
    state_reason: instance.stateReason,
    state_since_ms: instance.stateSinceMs,
    failure: optionalJson(instance.failure, 'instances.failure'),
    endpoint: optionalJson(instance.endpoint, 'instances.endpoint'),
    worker_key_sealed: instance.workerKeySealed,
    agent_version: instance.agentVersion,
    agent_sha256: instance.agentSha256,
    lease_owner: null,
    lease_renewed_at_ms: null,
    lease_expires_at_ms: null,
    price_per_hour_nanos: instance.pricePerHourNanos,
    limits: optionalJson(instance.limits, 'instances.limits'),
    activity: optionalJson(instance.activity, 'instances.activity'),
    correlation_id: instance.correlationId,
    created_at_ms: instance.createdAtMs,
    billed_from_ms: instance.billedFromMs,
    billed_until_ms: instance.billedUntilMs,
    spent_before_nanos: instance.spentBeforeNanos,
    ready_at_ms: instance.readyAtMs,
    terminated_at_ms: instance.terminatedAtMs,
    archived_at_ms: instance.archivedAtMs,
    last_seen_at_ms: instance.lastSeenAtMs,
    consecutive_failures: instance.consecutiveFailures,
    breaker_opened_at_ms: instance.breaker?.openedAtMs ?? null,
    breaker_reason: instance.breaker?.reason ?? null,
    revision: 0,
  };
}

/** Columns for the fields that are given; what is absent stays as it is. */
export function instanceFieldsToColumns(fields: InstanceFields): Partial<InstanceRow> {
  const columns: Partial<InstanceRow> = {};
  if (fields.endpoint !== undefined) columns.endpoint = optionalJson(fields.endpoint, 'instances.endpoint');
  if (fields.failure !== undefined) columns.failure = optionalJson(fields.failure, 'instances.failure');
  if (fields.agentVersion !== undefined) columns.agent_version = fields.agentVersion;
  if (fields.agentSha256 !== undefined) columns.agent_sha256 = fields.agentSha256;
  if (fields.billedFromMs !== undefined) columns.billed_from_ms = fields.billedFromMs;
  if (fields.billedUntilMs !== undefined) columns.billed_until_ms = fields.billedUntilMs;
  if (fields.spentBeforeNanos !== undefined) columns.spent_before_nanos = fields.spentBeforeNanos;
  if (fields.lastSeenAtMs !== undefined) columns.last_seen_at_ms = fields.lastSeenAtMs;
  if (fields.consecutiveFailures !== undefined) columns.consecutive_failures = fields.consecutiveFailures;
  if (fields.breaker !== undefined) {
    columns.breaker_opened_at_ms = fields.breaker?.openedAtMs ?? null;
    columns.breaker_reason = fields.breaker?.reason ?? null;
  }

  if (fields.zone !== undefined) columns.zone = fields.zone;
  if (fields.instanceType !== undefined) columns.instance_type = fields.instanceType;
  if (fields.limits !== undefined) columns.limits = optionalJson(fields.limits, 'instances.limits');
  if (fields.activity !== undefined) columns.activity = optionalJson(fields.activity, 'instances.activity');
  if (fields.gpuCount !== undefined) columns.gpu_count = fields.gpuCount;
  if (fields.pricePerHourNanos !== undefined) columns.price_per_hour_nanos = fields.pricePerHourNanos;
  if (fields.spec !== undefined) columns.spec = toJson(fields.spec, 'instances.spec');
  return columns;
}

export function stateChangeFromRow(row: Selectable<StateHistoryTable>): StateChange {
  return {
    instanceId: row.instance_id,
    from: row.from_state as InstanceState | null,
    to: row.to_state as InstanceState,
    reason: row.reason,
    atMs: row.at_ms,
    correlationId: row.correlation_id,
  };
}

function leaseFromRow(row: InstanceRow): Lease | null {
  return row.lease_owner === null || row.lease_expires_at_ms === null
    ? null
    : {owner: row.lease_owner, expiresAtMs: row.lease_expires_at_ms};
}

function optionalJson(value: object | null, column: string): string | null {
  return value === null ? null : toJson(value, column);
}

function isSpec(value: unknown): value is InstanceSpec {
  return isRecord(value) && typeof value.modelHfId === 'string' && isStringArray(value.engineArgs);
}

function isEndpoint(value: unknown): value is WorkerEndpoint {
  return isRecord(value) && typeof value.openaiUrl === 'string' && typeof value.agentUrl === 'string';
}

function isLimits(value: unknown): value is InstanceLimits {
  return (
    isRecord(value) &&
    [value.ttlMs, value.spendMaxNanos, value.idleTimeoutMs].every(each => each === null || typeof each === 'number')
  );
}

function isActivity(value: unknown): value is InstanceActivity {
  return (
    isRecord(value) && typeof value.atMs === 'number' && (value.tokens === null || typeof value.tokens === 'number')
  );
}

function isFailure(value: unknown): value is InstanceFailure {
  return (
    isRecord(value) &&
    typeof value.code === 'string' &&
    typeof value.errorCode === 'string' &&
    typeof value.message === 'string'
  );
}
