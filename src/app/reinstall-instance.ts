import {InventivError} from '../core/errors.ts';
import {isDrainedForReinstall} from '../core/instance/decide.ts';
import type {Instance} from '../core/instance/instance.ts';
import type {InstanceState} from '../core/instance/state.ts';
import {canTransition} from '../core/instance/transition.ts';
import type {ActionChange, InstanceFile, InstanceStore} from '../ports/instances.ts';

export interface ReinstallWish {
  /** Without waiting for the requests that run. */
  readonly now: boolean;
  readonly reason: string;
  readonly correlationId: string;
}

const raceRetriesMax = 5;

/**
 * Records the wish to set up the worker anew on the machine that is there; whoever drives the instance carries it out.
 * One that is ready is drained first. Asked again while it is under way, nothing changes. Throws `illegal_transition`
 * where there is no worker to reinstall: still on its way up, or on its way out.
 */
export async function requestReinstall(
  instances: Pick<InstanceStore, 'load' | 'record'>,
  instance: Instance,
  wish: ReinstallWish,
): Promise<Instance> {
  for (let attempt = 1; ; attempt++) {
    const file = await instances.load(instance.id);
    if (file === null) throw new InventivError('not_found', `There is no instance ${instance.id}.`);
    const move = moveFor(file, wish);
    if (move === null) return file.instance;
    try {
      const {state} = file.instance;
      const recorded = await instances.record({
        instanceId: instance.id,
        correlationId: wish.correlationId,
        actions: move.actions,
        transition: {from: state, to: move.to, reason: `reinstallation ${wish.reason}`},
        fields: {failure: null, consecutiveFailures: 0},
      });
      return recorded.instance;
    } catch (error) {
      const moved = error instanceof InventivError && error.code === 'conflict' && attempt < raceRetriesMax;
      if (!moved) throw error;
    }
  }
}

interface Move {
  readonly to: InstanceState;
  readonly actions: readonly ActionChange[];
}

/** Null: it is under way already. */
function moveFor({instance, actions}: InstanceFile, {now, reason}: ReinstallWish): Move | null {
  const request = {kind: 'succeed', type: 'REQUEST_REINSTALL', metadata: {reason}} as const;
  const {state} = instance;
  if (state === 'draining') {
    if (now) return {to: 'installing', actions: [request]};
    return isDrainedForReinstall(actions) ? null : {to: 'draining', actions: [request]};
  }

  const isUnderWay = state === 'installing' || state === 'starting';
  if (isUnderWay && actions.some(({type}) => type === 'REQUEST_REINSTALL')) return null;
  if (isUnderWay || !canTransition(state, 'installing') || state === 'booting') throw refusal(instance);
  return state === 'ready' && !now
    ? {to: 'draining', actions: [{kind: 'succeed', type: 'REQUEST_DRAIN'}, request]}
    : {to: 'installing', actions: [request]};
}

function refusal({name, state}: Instance): InventivError {
  const isGoing = state === 'terminating' || state === 'terminated' || state === 'archived';
  return new InventivError(
    'illegal_transition',
    `"${name}" is ${state}: ${isGoing ? 'there is no machine to reinstall' : 'its worker is not installed yet'}.`,
    {
      hint: isGoing
        ? 'Start a new one: inventiv up'
        : `Follow it: inventiv wait ${name}. A start that failed can be reinstalled when it was asked for with --on-failure keep.`,
    },
  );
}
