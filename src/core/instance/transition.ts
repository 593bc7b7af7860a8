import {InventivError} from '../errors.ts';
import type {InstanceState} from './state.ts';

/**
 * The one transition table. A pair that is absent is illegal; staying where one is, is always allowed and changes nothing,
 * so that a repeated command is harmless.
 */
const allowed: Record<InstanceState, readonly InstanceState[]> = {
  provisioning: ['booting', 'provisioning_failed', 'terminating', 'terminated'],
  // Back to provisioning: the provider turned out to have no machine, and another place is tried.
  booting: ['provisioning', 'installing', 'starting', 'startup_failed', 'terminating', 'terminated'],
  installing: ['starting', 'startup_failed', 'terminating', 'terminated'],
  starting: ['ready', 'installing', 'startup_failed', 'terminating', 'terminated'],
  ready: ['draining', 'installing', 'terminating', 'worker_dead', 'terminated'],
  worker_dead: ['ready', 'installing', 'draining', 'terminating', 'terminated'],
  draining: ['installing', 'terminating', 'ready', 'worker_dead', 'terminated'],
  terminating: ['terminated'],
  terminated: ['archived'],
  archived: [],
  provisioning_failed: ['terminating', 'terminated'],
  startup_failed: ['booting', 'installing', 'terminating', 'terminated'],
};

export type TransitionOutcome = {readonly kind: 'changed'} | {readonly kind: 'unchanged'};

/** Whether `from` may become `to`; throws `illegal_transition` with the states that are reachable instead. */
export function checkTransition(from: InstanceState, to: InstanceState): TransitionOutcome {
  if (from === to) {
    return {kind: 'unchanged'};
  }

  if (!allowed[from].includes(to)) {
    const reachable = allowed[from].join(', ') || 'no other state';
    throw new InventivError('illegal_transition', `An instance that is ${from} cannot become ${to}.`, {
      hint: `From ${from} it can become: ${reachable}.`,
    });
  }

  return {kind: 'changed'};
}

export function canTransition(from: InstanceState, to: InstanceState): boolean {
  return from === to || allowed[from].includes(to);
}

export function reachableFrom(from: InstanceState): readonly InstanceState[] {
  return allowed[from];
}
