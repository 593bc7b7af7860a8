import type {Action, ActionType} from './action.ts';
import {type InstanceState, isFailed} from './state.ts';

/** How far an instance is once each action has succeeded, in percent. */
export const progressOfAction: Partial<Record<ActionType, number>> = {
  REQUEST_CREATE: 5,
  PROVIDER_CREATE: 20,
  PROVIDER_VOLUME_RESIZE: 25,
  PROVIDER_START: 30,
  PROVIDER_GET_IP: 40,
  PROVIDER_SECURITY_GROUP: 45,
  WORKER_SSH_ACCESSIBLE: 50,
  WORKER_SSH_INSTALL: 60,
  WORKER_VLLM_HTTP_OK: 70,
  WORKER_MODEL_LOADED: 80,
  WORKER_VLLM_WARMUP: 90,
  HEALTH_CHECK: 95,
  INSTANCE_READY: 100,
};

/** 0-100 from the actions that succeeded. Ready (and worker_dead, draining: it was ready) is 100; failed and terminated are 0. */
export function progressPercent(state: InstanceState, actions: readonly Pick<Action, 'type' | 'status'>[]): number {
  if (state === 'ready' || state === 'draining' || state === 'worker_dead') {
    return 100;
  }

  if (isFailed(state) || state === 'terminating' || state === 'terminated' || state === 'archived') {
    return 0;
  }

  return percentOfActions(actions);
}

/** How far these actions lead, whatever came after them. A reinstall begins again on the machine that is there. */
export function percentOfActions(actions: readonly Pick<Action, 'type' | 'status'>[]): number {
  const reinstall = actions.findLastIndex(action => action.type === 'REQUEST_REINSTALL');
  let percent = reinstall === -1 ? 0 : (progressOfAction.PROVIDER_SECURITY_GROUP ?? 0);
  for (const action of actions.slice(reinstall + 1)) {
    if (action.status === 'success') {
      percent = Math.max(percent, progressOfAction[action.type] ?? 0);
    }
  }

  return percent;
}
