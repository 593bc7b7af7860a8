import type {EpochMs} from '../time.ts';
import type {Action, ActionType} from './action.ts';
import {isMoving} from './failover.ts';
import type {Instance} from './instance.ts';
import type {InstanceState} from './state.ts';

/** Actions the driver carries out, each one step that may be repeated at any time. */
export type StepType = Extract<
  ActionType,
  | 'EXECUTE_CREATE'
  | 'PROVIDER_CREATE'
  | 'PROVIDER_VOLUME_RESIZE'
  | 'PROVIDER_START'
  | 'PROVIDER_GET_IP'
  | 'PROVIDER_SECURITY_GROUP'
  | 'WORKER_SSH_ACCESSIBLE'
  | 'EXECUTE_REINSTALL'
  | 'WORKER_SSH_INSTALL'
  | 'WORKER_VLLM_HTTP_OK'
  | 'WORKER_MODEL_LOADED'
  | 'WORKER_VLLM_WARMUP'
  | 'HEALTH_CHECK'
  | 'EXECUTE_MOVE'
  | 'EXECUTE_DRAIN'
  | 'EXECUTE_TERMINATE'
  | 'WORKER_UNINSTALL'
  | 'PROVIDER_STOP'
  | 'PROVIDER_TERMINATE'
  | 'PROVIDER_DELETE_VOLUME'
  | 'PROVIDER_DELETE_IP'
  | 'PROVIDER_DELETE_SECURITY_GROUP'
  | 'TERMINATION_CONFIRMED'
>;

export type NextMove =
  | {readonly kind: 'step'; readonly step: StepType}
  /** The state's steps are done: move on, with the milestone that marks it in the timeline. */
  | {
      readonly kind: 'transition';
      readonly to: InstanceState;
      readonly reason: string;
      readonly milestone: ActionType | null;
    }
  /** Nothing to do until something else happens, or until this time. */
  | {readonly kind: 'settled'; readonly untilMs: EpochMs | null};

interface Stage {
  readonly steps: readonly StepType[];
  readonly next: {readonly to: InstanceState; readonly reason: string; readonly milestone: ActionType | null} | null;
}

/** What takes everything down again, in order. A machine that stays is first freed of what was installed on it. */
export function teardownSteps(provider: string): readonly StepType[] {
  return provider === 'host' ? teardownOfKept : teardownOfRented;
}

const teardownOfKept: readonly StepType[] = [
  'EXECUTE_TERMINATE',
  'WORKER_UNINSTALL',
  'PROVIDER_STOP',
  'PROVIDER_TERMINATE',
  'PROVIDER_DELETE_VOLUME',
  'PROVIDER_DELETE_IP',
  'PROVIDER_DELETE_SECURITY_GROUP',
  'TERMINATION_CONFIRMED',
];

const teardownOfRented = teardownOfKept.filter(step => step !== 'WORKER_UNINSTALL');

/** What each moving state does, in order, and where it leads. */
const stages: Partial<Record<InstanceState, Stage>> = {
  provisioning: {
    steps: ['EXECUTE_CREATE', 'PROVIDER_CREATE', 'PROVIDER_VOLUME_RESIZE', 'PROVIDER_START'],
    next: {to: 'booting', reason: 'powered on', milestone: null},
  },
  booting: {
    steps: ['PROVIDER_GET_IP', 'PROVIDER_SECURITY_GROUP', 'WORKER_SSH_ACCESSIBLE'],
    next: {to: 'installing', reason: 'machine reachable', milestone: 'INSTANCE_CREATED'},
  },
  installing: {
    steps: ['WORKER_SSH_INSTALL'],
    next: {to: 'starting', reason: 'worker installed', milestone: null},
  },
  starting: {
    steps: ['WORKER_VLLM_HTTP_OK', 'WORKER_MODEL_LOADED', 'WORKER_VLLM_WARMUP', 'HEALTH_CHECK'],
    next: {to: 'ready', reason: 'model answers', milestone: 'INSTANCE_READY'},
  },
  draining: {steps: ['EXECUTE_DRAIN'], next: null},
  terminating: {
    steps: teardownOfKept,
    next: {to: 'terminated', reason: 'nothing left at the provider', milestone: 'INSTANCE_TERMINATED'},
  },
};

/** A reinstall finds a machine where something may run: it is looked for and stopped first. */
const reinstallSteps: readonly StepType[] = ['WORKER_SSH_ACCESSIBLE', 'EXECUTE_REINSTALL', 'WORKER_SSH_INSTALL'];

/** A move: all of the old attempt is taken down and confirmed gone before the next place is chosen. */
const moving: Stage = {steps: [...teardownOfRented, 'EXECUTE_MOVE'], next: null};

/** What a reinstall does again on the live machine. */
const stepsRepeatedByReinstall: readonly StepType[] = [
  ...reinstallSteps,
  'WORKER_VLLM_HTTP_OK',
  'WORKER_MODEL_LOADED',
  'WORKER_VLLM_WARMUP',
  'HEALTH_CHECK',
];

/** The one thing to do now, from what is recorded. Pure: the same file always gives the same answer. */
export function decide(instance: Instance, actions: readonly Action[], nowMs: EpochMs): NextMove {
  if (instance.state === 'provisioning_failed') {
    return {
      kind: 'transition',
      to: 'terminating',
      reason: 'rolling back the failed provisioning',
      milestone: 'REQUEST_TERMINATE',
    };
  }

  if (instance.state === 'startup_failed') {
    return afterFailedStart(instance, nowMs);
  }

  const stage = instance.state === 'provisioning' && isMoving(actions) ? moving : stages[instance.state];
  if (stage === undefined) {
    return {kind: 'settled', untilMs: null};
  }

  const step = stepsOf(instance, stage, actions).find(candidate => !isDone(candidate, actions));
  if (step !== undefined) {
    return {kind: 'step', step};
  }

  if (instance.state === 'draining' && isDrainedForReinstall(actions)) {
    return {kind: 'transition', to: 'installing', reason: 'drained for the reinstallation', milestone: null};
  }

  return stage.next === null ? {kind: 'settled', untilMs: null} : {kind: 'transition', ...stage.next};
}

/** Whether the step succeeded since the request it belongs to: a new request runs its steps anew. */
export function isDone(step: StepType, actions: readonly Action[]): boolean {
  const requests = requestsOf(step);
  const since = actions.findLastIndex(action => requests.includes(action.type));
  return actions.some((action, index) => index > since && action.type === step && action.status === 'success');
}

/** Whether the present drain is the first part of a reinstall, which goes on when it has ended. */
export function isDrainedForReinstall(actions: readonly Pick<Action, 'type'>[]): boolean {
  return (
    actions.findLastIndex(action => action.type === 'REQUEST_REINSTALL') >
    actions.findLastIndex(action => action.type === 'REQUEST_DRAIN')
  );
}

/** The in-progress action of a step, if it was begun and not ended. */
export function openAction(step: ActionType, actions: readonly Action[]): Action | null {
  return actions.findLast(action => action.type === step && action.status === 'in_progress') ?? null;
}

function stepsOf({state, provider}: Instance, {steps}: Stage, actions: readonly Action[]): readonly StepType[] {
  if (state === 'terminating') return teardownSteps(provider);
  return state === 'installing' && wasReinstallAsked(actions) ? reinstallSteps : steps;
}

function wasReinstallAsked(actions: readonly Action[]): boolean {
  return actions.some(action => action.type === 'REQUEST_REINSTALL');
}

function afterFailedStart(instance: Instance, nowMs: EpochMs): NextMove {
  if (instance.spec.onFailure === 'terminate') {
    return {kind: 'transition', to: 'terminating', reason: 'the start failed', milestone: 'REQUEST_TERMINATE'};
  }

  const keptUntilMs = instance.stateSinceMs + instance.spec.keepFailedMs;
  return nowMs >= keptUntilMs
    ? {
        kind: 'transition',
        to: 'terminating',
        reason: 'the failed start was kept long enough',
        milestone: 'REQUEST_TERMINATE',
      }
    : {kind: 'settled', untilMs: keptUntilMs};
}

/** The requests whose steps these are: the latest row of one in the timeline starts the present run. */
function requestsOf(step: StepType): readonly ActionType[] {
  if (step === 'EXECUTE_DRAIN') return ['REQUEST_DRAIN'];
  if (step === 'EXECUTE_MOVE') return ['REQUEST_MOVE'];
  if (teardownOfKept.includes(step)) return ['REQUEST_TERMINATE', 'REQUEST_MOVE'];
  if (stepsRepeatedByReinstall.includes(step)) return ['REQUEST_REINSTALL', 'REQUEST_CREATE'];
  return ['REQUEST_CREATE'];
}
