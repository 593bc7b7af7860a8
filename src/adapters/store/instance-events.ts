import type {NewEvent} from '../../core/events.ts';
import type {Action, ActionMetadata} from '../../core/instance/action.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {Resource} from '../../core/instance/resource.ts';
import type {InstanceState} from '../../core/instance/state.ts';

/** Metadata larger than this stays in the action's row and is left out of the event. */
const EVENT_METADATA_MAX_CHARS = 4096;

export type ActionStep = 'started' | 'succeeded' | 'failed' | 'noted';

/** `instance.state_changed`; `from` is null when the instance was requested. */
export function stateEvent(
  instance: Instance,
  change: {from: InstanceState | null; to: InstanceState; reason: string},
  correlationId: string,
  progress: number,
): NewEvent {
  return {
    organizationId: instance.organizationId,
    topic: 'instances',
    type: 'instance.state_changed',
    subjectId: instance.id,
    correlationId,
    payload: {...change, name: instance.name, progress},
  };
}

/** `instance.updated`: fields that readers act on (routing follows `endpoint`) changed without a change of state. */
export function fieldsEvent(instance: Instance, fields: readonly string[], correlationId: string): NewEvent {
  return {
    organizationId: instance.organizationId,
    topic: 'instances',
    type: 'instance.updated',
    subjectId: instance.id,
    correlationId,
    payload: {name: instance.name, state: instance.state, fields},
  };
}

/** `action.started|succeeded|failed|noted`; the subject is the action. */
export function actionEvent(
  instance: Instance,
  action: Action,
  step: ActionStep,
  correlationId: string,
  progress: number | null,
): NewEvent {
  return {
    organizationId: instance.organizationId,
    topic: 'actions',
    type: `action.${step}`,
    subjectId: action.id,
    correlationId,
    payload: {
      instanceId: instance.id,
      name: instance.name,
      type: action.type,
      attempts: action.attempts,
      ...(action.finishedAtMs === null ? {} : {durationMs: Math.max(0, action.finishedAtMs - action.startedAtMs)}),
      ...(action.errorCode === null ? {} : {errorCode: action.errorCode, errorMessage: action.errorMessage}),
      ...(progress === null ? {} : {progress}),
      metadata: smallMetadata(action.metadata),
    },
  };
}

/** `resource.<status>`, or `resource.updated` when something else about it changed. */
export function resourceEvent(
  resource: Resource,
  what: Resource['status'] | 'updated',
  correlationId: string,
): NewEvent {
  return {
    organizationId: resource.organizationId,
    topic: resource.kind === 'volume' ? 'volumes' : 'instances',
    type: `resource.${what}`,
    subjectId: resource.id,
    correlationId,
    payload: {
      instanceId: resource.instanceId,
      kind: resource.kind,
      name: resource.name,
      status: resource.status,
      providerId: resource.providerId,
    },
  };
}

function smallMetadata(metadata: ActionMetadata): ActionMetadata {
  return JSON.stringify(metadata).length <= EVENT_METADATA_MAX_CHARS ? metadata : {};
}
