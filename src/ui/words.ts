import type {ActionType} from '../core/instance/action.ts';
import {type InstanceState, isFailed, isGone} from '../core/instance/state.ts';
import {pricePerHourText} from './amounts.ts';
import type {ActionShape} from './shapes.ts';
import type {Style} from './style.ts';
import {printableLine} from './text.ts';

/** What a person reads while an action runs. */
const actionWords: Record<ActionType, string> = {
  REQUEST_CREATE: 'recording the request',
  EXECUTE_CREATE: 'starting to provision',
  PROVIDER_CREATE: 'creating the server',
  PERSIST_PROVIDER_ID: 'recording the server',
  PROVIDER_VOLUME_RESIZE: 'sizing the disk',
  PROVIDER_START: 'starting the server',
  PROVIDER_GET_IP: 'waiting for an address',
  PROVIDER_SECURITY_GROUP: 'closing the firewall',
  WORKER_SSH_ACCESSIBLE: 'waiting for SSH',
  INSTANCE_CREATED: 'server reachable',
  WORKER_SSH_INSTALL: 'installing the worker',
  WORKER_CONTAINER_CHECK: 'checking the engine process',
  WORKER_LOG_FETCH: 'reading the engine log',
  WORKER_LOG_ERRORS: 'looking for errors in the log',
  WORKER_VLLM_HTTP_OK: 'waiting for the engine to answer',
  WORKER_MODEL_LOADED: 'loading the model',
  WORKER_VLLM_WARMUP: 'warming up',
  HEALTH_CHECK: 'checking health',
  INSTANCE_READY: 'ready',
  INSTANCE_STARTUP_FAILED: 'start-up failed',
  REQUEST_MOVE: 'moving to another place',
  EXECUTE_MOVE: 'choosing another place',
  REQUEST_DRAIN: 'draining asked',
  EXECUTE_DRAIN: 'letting requests finish',
  REQUEST_TERMINATE: 'termination asked',
  EXECUTE_TERMINATE: 'starting to tear down',
  WORKER_UNINSTALL: 'taking the worker off the machine',
  PROVIDER_STOP: 'stopping the server',
  PROVIDER_DELETE_VOLUME: 'deleting the disk',
  PROVIDER_DELETE_IP: 'releasing the address',
  PROVIDER_DELETE_SECURITY_GROUP: 'deleting the firewall rules',
  PROVIDER_TERMINATE: 'deleting the server',
  TERMINATION_CONFIRMED: 'confirming that nothing is left',
  INSTANCE_TERMINATED: 'terminated',
  PROVIDER_DELETED_DETECTED: 'found deleted at the provider',
  REQUEST_REINSTALL: 'reinstallation asked',
  EXECUTE_REINSTALL: 'reinstalling',
  ARCHIVE_INSTANCE: 'archived',
  LIMITS_CHANGED: 'limits changed',
  LIMIT_NEAR: 'a limit is near',
  LIMIT_REACHED: 'a limit is reached',
  VOLUME_RECONCILIATION_RETRY_DELETE: 'deleting a disk again',
  VOLUME_RECONCILIATION_ORPHAN: 'found a disk without owner',
};

const byRawName = new Map<string, string>(
  Object.entries(actionWords).map(([type, words]) => [type.toLowerCase().replaceAll('_', ' '), words]),
);

/** What is being done, for people; an action without words of its own comes as its lower-case type. */
export function activityText(activity: string): string {
  return byRawName.get(activity) ?? printableLine(activity);
}

export function actionText(type: ActionType): string {
  return actionWords[type];
}

/** With what a move says of itself: where it leaves and why, where it goes and for how much. */
export function actionTitle({type, metadata}: Pick<ActionShape, 'type' | 'metadata'>): string {
  const words = actionWords[type];
  const {reason, zone, type: instanceType, pricePerHourNanos} = metadata;
  if (type === 'REQUEST_MOVE' && typeof reason === 'string') return `${words}: ${printableLine(reason)}`;
  if (type === 'EXECUTE_MOVE' && typeof instanceType === 'string' && typeof zone === 'string') {
    const price = typeof pricePerHourNanos === 'number' ? ` (${pricePerHourText(pricePerHourNanos)})` : '';
    return `moved to ${printableLine(`${instanceType} in ${zone}`)}${price}`;
  }
  return words;
}

/** Green works, red is broken, yellow moves, dim is gone. */
export function paintState(state: InstanceState, text: string, style: Style): string {
  if (state === 'ready') return style.green(text);
  if (isFailed(state) || state === 'worker_dead') return style.red(text);
  return isGone(state) ? style.dim(text) : style.yellow(text);
}

export function stateText(state: InstanceState): string {
  return state.replaceAll('_', ' ');
}
