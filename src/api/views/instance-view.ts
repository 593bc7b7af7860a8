import {spentNanos} from '../../core/finops/spend.ts';
import type {Action} from '../../core/instance/action.ts';
import type {Instance, StateChange} from '../../core/instance/instance.ts';
import {progressPercent} from '../../core/instance/progress.ts';
import type {Resource} from '../../core/instance/resource.ts';
import {type EpochMs, isoTime, isoTimeOrNull} from '../../core/time.ts';
import type {
  ActionView,
  InstanceDetailView,
  InstanceView,
  ResourceView,
  StateChangeView,
} from '../contract/instances.ts';
import {limitsView} from './limits-view.ts';

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
    leftAlone:
      instance.breaker === null ? null : {since: isoTime(instance.breaker.openedAtMs), reason: instance.breaker.reason},
    failure:
      failure === null
        ? null
        : {
            code: failure.code,
            errorCode: failure.errorCode,
            message: failure.message,
            hint: failure.hint,
            evidenceLines: [...(failure.evidenceLines ?? [])],
            at: isoTime(failure.atMs),
          },
    pricePerHourNanos: instance.pricePerHourNanos,
    costSoFarNanos: spentNanos(instance, nowMs),
    limits: limitsView(instance, nowMs),
    correlationId: instance.correlationId,
    createdAt: isoTime(instance.createdAtMs),
    readyAt: isoTimeOrNull(instance.readyAtMs),
    terminatedAt: isoTimeOrNull(instance.terminatedAtMs),
    driven: lease !== null && lease.expiresAtMs > nowMs,
  };
}

/** `matches` is null as long as one of the two is not known. */
export function agentView(
  {agentVersion, agentSha256}: Instance,
  runs: {readonly version: string; readonly sha256: string} | null,
): InstanceDetailView['agent'] {
  const matches = runs === null || agentSha256 === null ? null : runs.sha256 === agentSha256;
  return {version: agentVersion, sha256: agentSha256, runs: runs === null ? null : {...runs}, matches};
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

export function stateChangeView({from, to, reason, atMs, correlationId}: StateChange): StateChangeView {
  return {from, to, reason, at: isoTime(atMs), correlationId};
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

/** What is being done now: the note of the action in progress, else its name. */
function activityOf(actions: readonly Action[]): string | null {
  const current = actions.findLast(action => action.status === 'in_progress');
  if (current === undefined) return null;
  const {activity} = current.metadata;
  return typeof activity === 'string' ? activity : current.type.toLowerCase().replaceAll('_', ' ');
}
