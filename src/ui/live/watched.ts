import {teardownSteps} from '../../core/instance/decide.ts';
import {type InstanceState, isFailed, isGone} from '../../core/instance/state.ts';
import {costForMs, eurNanos} from '../../core/money.ts';
import type {EpochMs} from '../../core/time.ts';
import type {ActionShape, InstanceShape, ProgressShape} from '../shapes.ts';

/** What a live view knows of each instance: the last report, when it came, and the actions seen so far. */
export interface Watched {
  readonly instance: InstanceShape;
  readonly actions: readonly ActionShape[];
  readonly etaMs: number | null;
  readonly reportedAtMs: EpochMs;
  /** When this view began to watch it. */
  readonly sinceMs: EpochMs;
}

/** By instance id, in the order in which they were asked for. */
export type WatchedAll = ReadonlyMap<string, Watched>;

/** What the user waits for; decides what counts as arrived. */
export type Goal = 'ready' | 'reinstalled' | 'terminated';

const actionsMax = 100;

export function startWatching(instances: readonly InstanceShape[], nowMs: EpochMs): WatchedAll {
  return new Map(
    instances.map(instance => [instance.id, {instance, actions: [], etaMs: null, reportedAtMs: nowMs, sinceMs: nowMs}]),
  );
}

export function withProgress(all: WatchedAll, progress: ProgressShape, nowMs: EpochMs): WatchedAll {
  const before = all.get(progress.instance.id);
  const actions =
    progress.action === null ? (before?.actions ?? []) : withAction(before?.actions ?? [], progress.action);
  return new Map(all).set(progress.instance.id, {
    instance: progress.instance,
    actions,
    etaMs: progress.etaMs,
    reportedAtMs: nowMs,
    sinceMs: before?.sinceMs ?? nowMs,
  });
}

/** Time left until ready, counted down from the last report; null when unknown. */
export function etaNowMs(watched: Watched, nowMs: EpochMs): number | null {
  return watched.etaMs === null ? null : Math.max(0, watched.etaMs - Math.max(0, nowMs - watched.reportedAtMs));
}

/** Cost so far, carried on between reports while the provider charges. */
export function costNowNanos({instance, reportedAtMs}: Watched, nowMs: EpochMs): number {
  const isCharged = instance.costSoFarNanos > 0 && !isGone(instance.state);
  return isCharged
    ? instance.costSoFarNanos + costForMs(eurNanos(instance.pricePerHourNanos), nowMs - reportedAtMs)
    : instance.costSoFarNanos;
}

/** How long the goal has been worked on: since the creation for `ready`, since the view began for the others. */
export function elapsedMs({instance, sinceMs}: Watched, goal: Goal, nowMs: EpochMs): number {
  const [fromMs, end] =
    goal === 'ready'
      ? [Date.parse(instance.createdAt), instance.readyAt ?? instance.terminatedAt]
      : [sinceMs, instance.terminatedAt];
  return Math.max(0, (end === null ? nowMs : Date.parse(end)) - fromMs);
}

/** `step 2 of 7`: how far a teardown is, by its steps that were reported; null before there is one. */
export function teardownStepText(
  {state, provider}: Pick<InstanceShape, 'state' | 'provider'>,
  actions: readonly Pick<ActionShape, 'type'>[],
): string | null {
  if (state !== 'terminating' && !isGone(state)) return null;
  const begun = new Set(actions.map(action => action.type));
  const steps = teardownSteps(provider);
  const furthest = steps.findLastIndex(step => begun.has(step));
  const number = isGone(state) ? steps.length : Math.max(1, furthest + 1);
  return `step ${number} of ${steps.length}`;
}

export type Outcome = 'arrived' | 'failed' | 'moving';

export function outcomeOf(instance: Pick<InstanceShape, 'state' | 'failure'>, goal: Goal): Outcome {
  if (goal === 'terminated') return isGone(instance.state) ? 'arrived' : 'moving';
  if (instance.state === 'ready') return 'arrived';
  const lost: readonly InstanceState[] = ['worker_dead', 'terminating', ...drainIsTheEnd(goal)];
  return isFailed(instance.state) || isGone(instance.state) || lost.includes(instance.state) ? 'failed' : 'moving';
}

/** A reinstallation begins with a drain; a start that is drained has been given up by somebody. */
function drainIsTheEnd(goal: Goal): readonly InstanceState[] {
  return goal === 'reinstalled' ? [] : ['draining'];
}

function withAction(actions: readonly ActionShape[], action: ActionShape): readonly ActionShape[] {
  const index = actions.findIndex(each => each.id === action.id);
  if (index === -1) return [...actions, action].slice(-actionsMax);
  return actions.with(index, action);
}
