import type {ReconcileReport} from '../app/reconcile/reconcile.ts';
import type {OwnedVolume} from '../app/reconcile/volumes.ts';
import type {DomainEvent} from '../core/events.ts';
import type {UsageTotals} from '../core/finops/usage.ts';
import type {Action} from '../core/instance/action.ts';
import type {Instance, StateChange} from '../core/instance/instance.ts';
import {progressPercent} from '../core/instance/progress.ts';
import type {Resource} from '../core/instance/resource.ts';
import type {ModelSpec} from '../core/model/model.ts';
import {costForMs, eurNanos, pricePerMonth} from '../core/money.ts';
import {claimCommand} from '../core/reconcile/claim.ts';
import {isClaimed, isDifference, isNotable} from '../core/reconcile/finding.ts';
import {volumePricePerHour} from '../core/reconcile/price.ts';
import type {CarriedFinding} from '../core/reconcile/totals.ts';
import type {ApiKey} from '../core/tenancy/api-key.ts';
import {type EpochMs, isoTime} from '../core/time.ts';
import type {EventView} from './contract/events.ts';
import type {ActionView, InstanceView, ResourceView, StateChangeView} from './contract/instances.ts';
import type {KeyView} from './contract/keys.ts';
import type {ModelView} from './contract/models.ts';
import type {FindingView, ReconcileReportView} from './contract/reconcile.ts';
import type {UsageTotalsView} from './contract/usage.ts';
import type {VolumeView} from './contract/volumes.ts';

/** Domain values as the API shows them. */

export function instanceView(instance: Instance, actions: readonly Action[], nowMs: EpochMs): InstanceView {
  const {failure, lease} = instance;
  return {
    id: instance.id,
    name: instance.name,
    provider: instance.provider,
    zone: instance.zone,
    type: instance.instanceType,
    gpuCount: instance.gpuCount,
    model: instance.spec.modelHfId,
    state: instance.state,
    stateReason: instance.stateReason,
    stateSince: isoTime(instance.stateSinceMs),
    progressPercent: progressPercent(instance.state, actions),
    activity: activityOf(actions),
    openaiUrl: instance.endpoint === null ? null : `${instance.endpoint.openaiUrl}/v1`,
    agentVersion: instance.agentVersion,
    failure:
      failure === null
        ? null
        : {
            code: failure.code,
            errorCode: failure.errorCode,
            message: failure.message,
            hint: failure.hint,
            at: isoTime(failure.atMs),
          },
    pricePerHourNanos: instance.pricePerHourNanos,
    costSoFarNanos: costSoFarNanos(instance, nowMs),
    correlationId: instance.correlationId,
    createdAt: isoTime(instance.createdAtMs),
    readyAt: isoTimeOrNull(instance.readyAtMs),
    terminatedAt: isoTimeOrNull(instance.terminatedAtMs),
    driven: lease !== null && lease.expiresAtMs > nowMs,
  };
}

export function actionView(action: Action): ActionView {
  return {
    id: action.id,
    type: action.type,
    status: action.status,
    attempts: action.attempts,
    startedAt: isoTime(action.startedAtMs),
    finishedAt: isoTimeOrNull(action.finishedAtMs),
    durationMs: action.finishedAtMs === null ? null : action.finishedAtMs - action.startedAtMs,
    errorCode: action.errorCode,
    errorMessage: action.errorMessage,
    correlationId: action.correlationId,
    metadata: structuredClone(action.metadata) as ActionView['metadata'],
  };
}

export function resourceView(resource: Resource): ResourceView {
  const {
    id,
    instanceId,
    kind,
    provider,
    zone,
    providerId,
    name,
    status,
    providerType,
    sizeBytes,
    iops,
    isBoot,
    deleteOnTerminate,
    address,
  } = resource;
  return {
    ...{
      id,
      instanceId,
      kind,
      provider,
      zone,
      providerId,
      name,
      status,
      providerType,
      sizeBytes,
      iops,
      isBoot,
      deleteOnTerminate,
      address,
    },
    createdAt: isoTime(resource.createdAtMs),
    deletedAt: isoTimeOrNull(resource.deletedAtMs),
  };
}

export function volumeView({volume, instance}: OwnedVolume): VolumeView {
  const {id, name, provider, zone, providerId, providerType, status, sizeBytes, iops, isBoot} = volume;
  const isPaid = status !== 'deleted' && providerId !== null;
  return {
    ...{id, name, provider, zone, providerId, providerType, status, sizeBytes, iops, isBoot},
    instance: {id: instance.id, name: instance.name, state: instance.state},
    kept: !volume.deleteOnTerminate,
    pricePerMonthNanos: isPaid ? pricePerMonth(volumePricePerHour(provider, volume)) : 0,
    createdAt: isoTime(volume.createdAtMs),
    attachedAt: isoTimeOrNull(volume.attachedAtMs),
    detachedAt: isoTimeOrNull(volume.detachedAtMs),
    deletingAt: isoTimeOrNull(volume.deletingAtMs),
    deletedAt: isoTimeOrNull(volume.deletedAtMs),
    reconciledAt: isoTimeOrNull(volume.reconciledAtMs),
    lastReconciliationAt: isoTimeOrNull(volume.lastReconciliationAtMs),
    deleteAttempts: volume.deleteAttempts,
    nextAttemptAt: isoTimeOrNull(volume.nextAttemptAtMs),
    lastError: volume.lastError,
  };
}

export function reconcileReportView(report: ReconcileReport): ReconcileReportView {
  const {provider, dryRun, startedAtMs, durationMs, zones, findings, totals} = report;
  return {
    ...{provider, dryRun, durationMs},
    startedAt: isoTime(startedAtMs),
    zones: [...zones],
    findings: findings.filter(isNotable).map(finding => findingView(finding, provider)),
    totals: {...totals, byKind: {...totals.byKind}, differences: findings.filter(isDifference).length},
  };
}

function findingView(finding: CarriedFinding, provider: string): FindingView {
  const {kind, resourceKind, zone, providerId, name, resourceId, instanceId, instanceName, reason, outcome, error} =
    finding;
  return {
    ...{kind, resourceKind, zone, providerId, name, resourceId, instanceId, instanceName, reason, outcome, error},
    otherOrganizationId: finding.otherOrganizationId,
    claimed: isClaimed(finding),
    claimCommand: kind === 'foreign' ? claimCommand(provider, finding.otherOrganizationId) : null,
    pricePerMonthNanos: pricePerMonth(finding.pricePerHourNanos),
    leakedPerHourNanos: finding.isLeak ? finding.pricePerHourNanos : 0,
    kept: finding.isKept,
  };
}

export function stateChangeView({from, to, reason, atMs, correlationId}: StateChange): StateChangeView {
  return {from, to, reason, at: isoTime(atMs), correlationId};
}

export function modelView(model: ModelSpec): ModelView {
  const {
    id,
    hfId,
    displayName,
    active,
    gated,
    precision,
    weightsBytes,
    contextMaxTokens,
    defaultMaxModelLen,
    task,
    vllmMinVersion,
  } = model;
  return {
    ...{
      id,
      hfId,
      displayName,
      active,
      gated,
      precision,
      weightsBytes,
      contextMaxTokens,
      defaultMaxModelLen,
      task,
      vllmMinVersion,
    },
    toolCallParser: model.toolCallParser ?? null,
    reasoningParser: model.reasoningParser ?? null,
  };
}

export function keyView(key: ApiKey): KeyView {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: [...key.scopes],
    models: key.models === null ? null : [...key.models],
    createdAt: isoTime(key.createdAtMs),
    expiresAt: isoTimeOrNull(key.expiresAtMs),
    revokedAt: isoTimeOrNull(key.revokedAtMs),
    lastUsedAt: isoTimeOrNull(key.lastUsedAtMs),
  };
}

export function eventView({id, atMs, topic, type, subjectId, correlationId, payload}: DomainEvent): EventView {
  return {
    id,
    at: isoTime(atMs),
    topic,
    type,
    subjectId,
    correlationId,
    payload: structuredClone(payload) as EventView['payload'],
  };
}

export function usageTotalsView(totals: UsageTotals): UsageTotalsView {
  return {...totals};
}

/** What is being done now: the note of the action in progress, else its name. */
function activityOf(actions: readonly Action[]): string | null {
  const current = actions.findLast(action => action.status === 'in_progress');
  if (current === undefined) return null;
  const {activity} = current.metadata;
  return typeof activity === 'string' ? activity : current.type.toLowerCase().replaceAll('_', ' ');
}

function costSoFarNanos({billedFromMs, billedUntilMs, pricePerHourNanos}: Instance, nowMs: EpochMs): number {
  if (billedFromMs === null) return 0;
  return costForMs(eurNanos(pricePerHourNanos), Math.max(0, (billedUntilMs ?? nowMs) - billedFromMs));
}

function isoTimeOrNull(atMs: EpochMs | null): string | null {
  return atMs === null ? null : isoTime(atMs);
}
