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

/** What begins again, and how far it is then: a move has the request, a reinstall the machine. */
const beginsAgainAfter: Partial<Record<ActionType, ActionType>> = {
  REQUEST_MOVE: 'REQUEST_CREATE',
  REQUEST_REINSTALL: 'PROVIDER_SECURITY_GROUP',
};

/** How far these actions lead, whatever came after them. */
export function percentOfActions(actions: readonly Pick<Action, 'type' | 'status'>[]): number {
  const again = actions.findLastIndex(action => action.type in beginsAgainAfter);
  const begun = actions[again];
  const from = begun === undefined ? undefined : beginsAgainAfter[begun.type];
  let percent = from === undefined ? 0 : (progressOfAction[from] ?? 0);
  for (const action of actions.slice(again + 1)) {
    if (action.status === 'success') {
      percent = Math.max(percent, progressOfAction[action.type] ?? 0);
    }
  }

  return percent;
}
