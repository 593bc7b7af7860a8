import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {actionTypes} from '../../../src/core/instance/action.ts';
import {percentOfActions, progressOfAction, progressPercent} from '../../../src/core/instance/progress.ts';
import {instanceStates} from '../../../src/core/instance/state.ts';
import {someActions} from '../../support/instances.ts';

const statuses = fc.constantFrom('in_progress', 'success', 'failed');
const entry = fc.tuple(fc.constantFrom(...actionTypes), statuses);

describe('progress', () => {
  it('has one percentage per milestone, rising', () => {
    const percents = Object.values(progressOfAction);
    expect(percents).toEqual([5, 20, 25, 30, 40, 45, 50, 60, 70, 80, 90, 95, 100]);
  });

  it('counts successes only', () => {
    expect(progressPercent('provisioning', someActions('REQUEST_CREATE', ['PROVIDER_CREATE', 'in_progress']))).toBe(5);
    expect(progressPercent('provisioning', someActions('REQUEST_CREATE', ['PROVIDER_CREATE', 'failed']))).toBe(5);
    expect(progressPercent('provisioning', someActions('REQUEST_CREATE', 'PROVIDER_CREATE'))).toBe(20);
  });

  it.each([
    ['ready', 100],
    ['draining', 100],
    ['worker_dead', 100],
    ['provisioning_failed', 0],
    ['startup_failed', 0],
    ['terminating', 0],
    ['terminated', 0],
    ['archived', 0],
  ] as const)('of one that is %s is %i', (state, percent) => {
    expect(progressPercent(state, someActions('REQUEST_CREATE', 'PROVIDER_CREATE'))).toBe(percent);
  });

  it('begins again at the machine that is there when a reinstall was asked for', () => {
    const ready = ['REQUEST_CREATE', 'PROVIDER_CREATE', 'WORKER_SSH_INSTALL', 'INSTANCE_READY'] as const;
    expect(progressPercent('installing', someActions(...ready, 'REQUEST_REINSTALL'))).toBe(45);
    expect(progressPercent('installing', someActions(...ready, 'REQUEST_REINSTALL', 'WORKER_SSH_ACCESSIBLE'))).toBe(50);
    expect(progressPercent('starting', someActions(...ready, 'REQUEST_REINSTALL', 'WORKER_SSH_INSTALL'))).toBe(60);
  });

  it('never goes back while actions are added, but by a reinstall or a move', () => {
    fc.assert(
      fc.property(fc.array(entry, {maxLength: 30}), entry, (entries, next) => {
        fc.pre(next[0] !== 'REQUEST_REINSTALL' && next[0] !== 'REQUEST_MOVE');
        const before = percentOfActions(someActions(...entries));
        expect(percentOfActions(someActions(...entries, next))).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it('begins anew, the request being on record, at every move', () => {
    const moved = ['REQUEST_CREATE', 'PROVIDER_CREATE', 'PROVIDER_START', 'REQUEST_MOVE'] as const;
    expect(progressPercent('provisioning', someActions(...moved))).toBe(5);
    expect(progressPercent('provisioning', someActions(...moved, 'REQUEST_CREATE', 'PROVIDER_CREATE'))).toBe(20);
  });

  it('is always a percentage', () => {
    fc.assert(
      fc.property(fc.constantFrom(...instanceStates), fc.array(entry, {maxLength: 30}), (state, entries) => {
        const percent = progressPercent(state, someActions(...entries));
        expect(percent >= 0 && percent <= 100).toBe(true);
      }),
    );
  });
});
