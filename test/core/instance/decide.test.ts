import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type ActionType, actionTypes} from '../../../src/core/instance/action.ts';
import {decide, isDone, openAction} from '../../../src/core/instance/decide.ts';
import {instanceStates} from '../../../src/core/instance/state.ts';
import {canTransition} from '../../../src/core/instance/transition.ts';
import {someActions, someInstance} from '../../support/instances.ts';

const nowMs = 10_000;

/** What each state does in order; the last column is where it goes once all is done. */
const stages = [
  ['provisioning', ['EXECUTE_CREATE', 'PROVIDER_CREATE', 'PROVIDER_VOLUME_RESIZE', 'PROVIDER_START'], 'booting', null],
  [
    'booting',
    ['PROVIDER_GET_IP', 'PROVIDER_SECURITY_GROUP', 'WORKER_SSH_ACCESSIBLE'],
    'installing',
    'INSTANCE_CREATED',
  ],
  ['installing', ['WORKER_SSH_INSTALL'], 'starting', null],
  [
    'starting',
    ['WORKER_VLLM_HTTP_OK', 'WORKER_MODEL_LOADED', 'WORKER_VLLM_WARMUP', 'HEALTH_CHECK'],
    'ready',
    'INSTANCE_READY',
  ],
  [
    'terminating',
    [
      'EXECUTE_TERMINATE',
      'PROVIDER_STOP',
      'PROVIDER_TERMINATE',
      'PROVIDER_DELETE_VOLUME',
      'PROVIDER_DELETE_IP',
      'PROVIDER_DELETE_SECURITY_GROUP',
      'TERMINATION_CONFIRMED',
    ],
    'terminated',
    'INSTANCE_TERMINATED',
  ],
] as const satisfies readonly (readonly [string, readonly ActionType[], string, ActionType | null])[];

describe('deciding what to do next', () => {
  it.each(stages)('takes the steps of %s one by one, then moves on', (state, steps, to, milestone) => {
    const instance = someInstance({state});
    for (const [index, step] of steps.entries()) {
      const done = someActions('REQUEST_CREATE', 'REQUEST_TERMINATE', ...steps.slice(0, index));
      expect(decide(instance, done, nowMs)).toEqual({kind: 'step', step});
    }

    const all = someActions('REQUEST_CREATE', 'REQUEST_TERMINATE', ...steps);
    expect(decide(instance, all, nowMs)).toMatchObject({kind: 'transition', to, milestone});
  });

  it.each(stages)('does a step of %s again that began or failed, but did not succeed', (state, steps) => {
    const [first] = steps;
    for (const status of ['in_progress', 'failed'] as const) {
      const actions = someActions('REQUEST_CREATE', 'REQUEST_TERMINATE', [first, status]);
      expect(decide(someInstance({state}), actions, nowMs)).toEqual({kind: 'step', step: first});
    }
  });

  it('drains once, and then waits', () => {
    const draining = someInstance({state: 'draining'});
    expect(decide(draining, someActions('REQUEST_DRAIN'), nowMs)).toEqual({kind: 'step', step: 'EXECUTE_DRAIN'});
    expect(decide(draining, someActions('REQUEST_DRAIN', 'EXECUTE_DRAIN'), nowMs)).toEqual({
      kind: 'settled',
      untilMs: null,
    });
  });

  it('drains anew when it is asked anew', () => {
    const actions = someActions('REQUEST_DRAIN', 'EXECUTE_DRAIN', 'REQUEST_DRAIN');
    expect(decide(someInstance({state: 'draining'}), actions, nowMs)).toEqual({kind: 'step', step: 'EXECUTE_DRAIN'});
  });

  it('installs and starts anew after a reinstall, on the machine that is there', () => {
    const before = [
      'REQUEST_CREATE',
      ...stages.slice(0, 4).flatMap(([, steps]) => steps),
      'REQUEST_REINSTALL',
    ] as const;
    const steps = [
      'WORKER_SSH_ACCESSIBLE',
      'EXECUTE_REINSTALL',
      'WORKER_SSH_INSTALL',
      'WORKER_VLLM_HTTP_OK',
      'WORKER_MODEL_LOADED',
      'WORKER_VLLM_WARMUP',
      'HEALTH_CHECK',
    ] as const;
    for (const [index, step] of steps.entries()) {
      const actions = someActions(...before, ...steps.slice(0, index));
      const state = index < 3 ? 'installing' : 'starting';
      expect(decide(someInstance({state}), actions, nowMs)).toEqual({kind: 'step', step});
    }

    expect(isDone('PROVIDER_CREATE', someActions(...before))).toBe(true);
  });

  it('goes on from the drain to the installation when the drain is the first part of a reinstall', () => {
    const draining = someInstance({state: 'draining'});
    const asked = ['REQUEST_DRAIN', 'REQUEST_REINSTALL'] as const;
    expect(decide(draining, someActions(...asked), nowMs)).toEqual({kind: 'step', step: 'EXECUTE_DRAIN'});
    expect(decide(draining, someActions(...asked, 'EXECUTE_DRAIN'), nowMs)).toMatchObject({
      kind: 'transition',
      to: 'installing',
    });
    const later = someActions(...asked, 'EXECUTE_DRAIN', 'INSTANCE_READY', 'REQUEST_DRAIN', 'EXECUTE_DRAIN');
    expect(decide(draining, later, nowMs)).toEqual({kind: 'settled', untilMs: null});
  });

  it('takes everything down at a move before it chooses the next place, and makes everything anew there', () => {
    const provisioning = someInstance({state: 'provisioning'});
    const teardown = stages.find(([state]) => state === 'terminating')?.[1] ?? [];
    const before: ActionType[] = ['REQUEST_CREATE', 'EXECUTE_CREATE', 'PROVIDER_CREATE', 'REQUEST_MOVE'];
    for (const [index, step] of [...teardown, 'EXECUTE_MOVE'].entries()) {
      const done = someActions(...before, ...teardown.slice(0, index));
      expect(decide(provisioning, done, nowMs)).toEqual({kind: 'step', step});
    }
    const chosen = someActions(...before, ...teardown, 'EXECUTE_MOVE', 'REQUEST_CREATE');
    expect(decide(provisioning, chosen, nowMs)).toEqual({kind: 'step', step: 'EXECUTE_CREATE'});
    const taken = [...before, ...teardown, 'REQUEST_TERMINATE'] as const;
    expect(decide(someInstance({state: 'terminating'}), someActions(...taken), nowMs)).toEqual({
      kind: 'step',
      step: 'EXECUTE_TERMINATE',
    });
  });

  it('rolls back a failed provisioning at once', () => {
    expect(decide(someInstance({state: 'provisioning_failed'}), [], nowMs)).toMatchObject({
      kind: 'transition',
      to: 'terminating',
      milestone: 'REQUEST_TERMINATE',
    });
  });

  it('ends a failed start at once, or keeps it exactly as long as was asked', () => {
    const failed = {state: 'startup_failed', stateSinceMs: 5000} as const;
    expect(decide(someInstance(failed), [], nowMs)).toMatchObject({kind: 'transition', to: 'terminating'});
    const kept = someInstance({...failed, spec: {onFailure: 'keep', keepFailedMs: 7000}});
    expect(decide(kept, [], 11_999)).toEqual({kind: 'settled', untilMs: 12_000});
    expect(decide(kept, [], 12_000)).toMatchObject({kind: 'transition', to: 'terminating'});
  });

  it.each(['ready', 'worker_dead', 'terminated', 'archived'] as const)(
    'has nothing to do for one that is %s',
    state => {
      expect(decide(someInstance({state}), someActions('REQUEST_CREATE'), nowMs)).toEqual({
        kind: 'settled',
        untilMs: null,
      });
    },
  );

  it('proposes only what the transition table allows, whatever the timeline', () => {
    const timeline = fc.array(
      fc.tuple(fc.constantFrom(...actionTypes), fc.constantFrom('in_progress', 'success', 'failed')),
      {maxLength: 60},
    );
    fc.assert(
      fc.property(fc.constantFrom(...instanceStates), timeline, fc.nat(), (state, entries, atMs) => {
        const next = decide(someInstance({state}), someActions(...entries), atMs);
        if (next.kind === 'transition') expect(canTransition(state, next.to)).toBe(true);
      }),
    );
  });

  it('finds the action that is open, the latest of its kind', () => {
    const actions = someActions(['PROVIDER_START', 'failed'], ['PROVIDER_START', 'in_progress'], 'PROVIDER_GET_IP');
    expect(openAction('PROVIDER_START', actions)).toBe(actions[1]);
    expect(openAction('PROVIDER_GET_IP', actions)).toBeNull();
  });
});
