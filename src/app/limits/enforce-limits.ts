import type {NewAlert} from '../../core/alerts/alert.ts';
import {asInventivError} from '../../core/errors.ts';
import {limitAlert} from '../../core/finops/limit-alert.ts';
import {type InstanceLimits, type LimitEnd, limitEnds, limitReason, limitsBeat} from '../../core/finops/limits.ts';
import {isDone} from '../../core/instance/decide.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {InstanceState} from '../../core/instance/state.ts';
import {isoTime, minuteMs, secondMs} from '../../core/time.ts';
import type {ActionChange, InstanceFile} from '../../ports/instances.ts';
import type {Store} from '../../ports/store.ts';
import {atOnce} from '../reconcile/at-once.ts';
import {type ActivityTools, lookForActivity} from './look-for-activity.ts';
import {tellNearLimits} from './tell-near-limits.ts';

export interface LimitTools extends ActivityTools {
  readonly store: Pick<Store, 'beats' | 'alerts'>;
}

export interface LimitsReport {
  /** Instances that have limits. */
  readonly checked: number;
  /** Told that a limit is near. */
  readonly warned: number;
  /** Sent on towards their end by this pass: draining or terminating. */
  readonly ended: readonly Instance[];
  /** Could not be looked at this time. */
  readonly failed: number;
}

type Verdict =
  | {readonly kind: 'left'}
  /** It moved meanwhile, or could not be looked at. */
  | {readonly kind: 'unknown'; readonly hasFailed: boolean}
  | {readonly kind: 'near'; readonly alert: NewAlert; readonly isNew: boolean}
  | {readonly kind: 'ended'; readonly instance: Instance};

const pageRows = 500;
/** Requests that are still running by then are cut off. */
const drainMaxMs = 2 * minuteMs;
/** How often this work gives its sign of life. */
const beatEveryMs = 30 * secondMs;

/**
 * Ends what reached its limit and tells what is near one. Takes no input and may be run at any time, by several processes:
 * everything it knows is in the store. What is ready is drained first; the driver of `down` does the rest.
 */
export async function enforceLimits(tools: LimitTools, signal: AbortSignal): Promise<LimitsReport> {
  await showLife(tools);
  let checked = 0;
  let warned = 0;
  let failed = 0;
  const ended: Instance[] = [];
  const near: NewAlert[] = [];
  const unknown = new Set<string>();
  for (let afterId: string | null = null; !signal.aborted; ) {
    const page: readonly Instance[] = await tools.instances.listLimited({afterId, limit: pageRows});
    const verdicts = await atOnce(page, instance => contained(tools, instance, signal));
    checked += page.length;
    for (const [index, verdict] of verdicts.entries()) {
      if (verdict.kind === 'unknown') {
        unknown.add(page[index]?.id ?? '');
        if (verdict.hasFailed) failed += 1;
      }

      if (verdict.kind === 'near') {
        near.push(verdict.alert);
        if (verdict.isNew) warned += 1;
      }

      if (verdict.kind === 'ended') ended.push(verdict.instance);
    }

    if (page.length < pageRows) break;
    afterId = page.at(-1)?.id ?? null;
  }

  if (!signal.aborted)
    await tellNearLimits(tools.store.alerts, {near, ended: new Set(ended.map(({id}) => id)), unknown});
  return {checked, warned, ended, failed};
}

/** One that cannot be looked at does not keep the others from being ended; the next pass tries it again. */
async function contained(tools: LimitTools, instance: Instance, signal: AbortSignal): Promise<Verdict> {
  try {
    return signal.aborted ? {kind: 'unknown', hasFailed: false} : await enforceOn(tools, instance, signal);
  } catch (thrown) {
    // After a conflict it moved meanwhile: what was decided is stale.
    return {kind: 'unknown', hasFailed: asInventivError(thrown).code !== 'conflict'};
  }
}

async function enforceOn(tools: LimitTools, given: Instance, signal: AbortSignal): Promise<Verdict> {
  if (given.limits === null || given.state === 'terminating' || given.state === 'provisioning_failed') {
    return {kind: 'left'};
  }

  if (given.state === 'draining') return finishDrain(tools, given, given.limits);
  const {instance, isActivityKnown} = await lookForActivity(tools, given, signal);
  const nowMs = tools.clock.nowMs();
  const ends = limitEnds(instance).filter(({limit}) => limit !== 'idle' || isActivityKnown);
  const reached = ends.find(({endsAtMs}) => endsAtMs <= nowMs);
  if (reached !== undefined) return endInstance(tools, instance, given.limits, reached);
  const near = ends.filter(({warnFromMs}) => warnFromMs <= nowMs);
  const [first] = near;
  if (first === undefined) return {kind: 'left'};
  const isNew = await warn(tools, instance, near);
  return {kind: 'near', alert: limitAlert(instance, given.limits, first), isNew};
}

/** What serves is drained first; anything else has no requests to finish. */
function endInstance(
  tools: LimitTools,
  instance: Instance,
  limits: InstanceLimits,
  {limit, endsAtMs}: LimitEnd,
): Promise<Verdict> {
  const reason = limitReason(limits, limit);
  const told: ActionChange = {kind: 'succeed', type: 'LIMIT_REACHED', metadata: {limit, endsAt: isoTime(endsAtMs)}};
  return instance.state === 'ready'
    ? move(tools, instance, limits, {to: 'draining', reason, actions: [done('REQUEST_DRAIN'), told]})
    : move(tools, instance, limits, {to: 'terminating', reason, actions: [told, done('REQUEST_TERMINATE')]});
}

async function finishDrain(tools: LimitTools, instance: Instance, limits: InstanceLimits): Promise<Verdict> {
  const file = await tools.instances.load(instance.id);
  const nowMs = tools.clock.nowMs();
  if (file === null) return {kind: 'left'};
  const due = limitEnds(instance).find(({endsAtMs}) => endsAtMs <= nowMs);
  const begun = isEndedByLimit(file) ? instance.stateReason : null;
  const reason = begun ?? (due === undefined ? null : limitReason(limits, due.limit));
  const isDrained = isDone('EXECUTE_DRAIN', file.actions) || nowMs - instance.stateSinceMs >= drainMaxMs;
  if (reason === null || !isDrained) return {kind: 'left'};
  return move(tools, instance, limits, {to: 'terminating', reason, actions: [done('REQUEST_TERMINATE')]});
}

/** The drain was begun because of a limit that was not changed since. */
function isEndedByLimit({actions}: InstanceFile): boolean {
  const last = (type: string) => actions.findLastIndex(action => action.type === type);
  const reached = last('LIMIT_REACHED');
  return reached > last('REQUEST_DRAIN') && reached > last('LIMITS_CHANGED');
}

interface Move {
  readonly to: InstanceState;
  readonly reason: string;
  readonly actions: readonly ActionChange[];
}

/** A limit that was raised at the last moment holds. */
async function move(
  {instances}: LimitTools,
  {id, state, correlationId}: Instance,
  whileLimits: InstanceLimits,
  {to, reason, actions}: Move,
): Promise<Verdict> {
  const transition = {from: state, to, reason};
  const file = await instances.record({instanceId: id, correlationId, actions, transition, whileLimits});
  return {kind: 'ended', instance: file.instance};
}

function done(type: 'REQUEST_DRAIN' | 'REQUEST_TERMINATE'): ActionChange {
  return {kind: 'succeed', type};
}

/** Told once per limit and end, however often and by however many processes it is looked at. */
async function warn(
  {instances}: LimitTools,
  {id, state, correlationId}: Instance,
  near: readonly LimitEnd[],
): Promise<boolean> {
  const before = await instances.load(id);
  const file = await instances.record({
    ...{instanceId: id, correlationId},
    actions: near.map(({limit, endsAtMs}) => ({
      ...{kind: 'once', type: 'LIMIT_NEAR'},
      metadata: {limit, endsAt: isoTime(endsAtMs)},
    })),
    transition: {from: state, to: state, reason: 'limits looked at'},
  });
  return countOf(file) > countOf(before);
}

function countOf(file: InstanceFile | null): number {
  return file?.actions.filter(({type}) => type === 'LIMIT_NEAR').length ?? 0;
}

async function showLife({store: {beats}, clock}: LimitTools): Promise<void> {
  const nowMs = clock.nowMs();
  const lastMs = await beats.last(limitsBeat);
  // A clock that went back shows life too.
  if (lastMs === null || Math.abs(nowMs - lastMs) >= beatEveryMs) await beats.beat(limitsBeat, nowMs);
}
