import {describe, expect, it} from 'vitest';
import {PlainProgress} from '../../src/ui/live/plain-lines.ts';
import type {ActionShape} from '../../src/ui/shapes.ts';
import {actionOf, instanceOf, nowMs, progressOf, secondsAgo, startingInstance} from './view-data.ts';

const starting = {goal: 'ready', sinceMs: nowMs} as const;

describe('progress without a terminal', () => {
  it('of a teardown tells the time since it began and the step instead of a percentage', () => {
    const plain = new PlainProgress(['prod-1'], {goal: 'terminated', sinceMs: nowMs - 4000});
    const terminating = instanceOf({state: 'terminating', progressPercent: 0, createdAt: secondsAgo(86_400)});
    const step = (type: ActionShape['type']) =>
      plain.linesFor(progressOf(terminating, actionOf({type, status: 'in_progress'})), nowMs);
    expect(step('PROVIDER_STOP')).toEqual([
      '   4.0s  step 2 of 7  prod-1  stopping the server',
      '   4.0s  step 2 of 7  prod-1  state: terminating',
    ]);
    expect(step('PROVIDER_DELETE_VOLUME')).toEqual(['   4.0s  step 4 of 7  prod-1  deleting the disk']);
    const gone = {...terminating, state: 'terminated' as const};
    const end = actionOf({type: 'INSTANCE_TERMINATED', durationMs: 0});
    expect(plain.linesFor(progressOf(gone, end), nowMs)[0]).toBe('   4.0s  step 7 of 7  prod-1  terminated');
  });

  it('that waits for the end of an instance which is not torn down yet tells no step', () => {
    const plain = new PlainProgress(['prod-1'], {goal: 'terminated', sinceMs: nowMs});
    expect(plain.linesFor(progressOf(instanceOf()), nowMs)).toEqual(['    0ms               prod-1  state: ready']);
  });

  it('prints one line per step with time, percent, name and step', () => {
    const plain = new PlainProgress(['prod-1', 'other-name'], starting);
    const running = actionOf({type: 'WORKER_SSH_INSTALL', status: 'in_progress', finishedAt: null, durationMs: null});
    expect(plain.linesFor(progressOf(startingInstance(), running), nowMs)).toEqual([
      ' 3m 00s   50%  prod-1      installing the worker',
      ' 3m 00s   50%  prod-1      state: installing',
    ]);
    expect(
      plain.linesFor(progressOf(startingInstance(), {...running, status: 'success', durationMs: 1500}), nowMs),
    ).toEqual([' 3m 00s   50%  prod-1      installing the worker: done in 1.5s']);
  });

  it('tells of a move where it leaves and why, then where it goes and what that costs', () => {
    const plain = new PlainProgress(['prod-1'], starting);
    const instance = startingInstance();
    const moved = actionOf({id: 'act_1', type: 'REQUEST_MOVE', metadata: {reason: 'L4-1-24G in fr-par-2: none left.'}});
    const facts = {zone: 'fr-par-1', type: 'L4-1-24G', pricePerHourNanos: 815_100_000};
    const chosen = actionOf({id: 'act_2', type: 'EXECUTE_MOVE', metadata: facts});
    const said = [moved, chosen].flatMap(action => plain.linesFor(progressOf(instance, action), nowMs));
    expect(said.join('\n')).toContain('moving to another place: L4-1-24G in fr-par-2: none left.');
    expect(said.join('\n')).toContain('moved to L4-1-24G in fr-par-1 (€0.8151/h)');
  });

  it('says nothing twice', () => {
    const plain = new PlainProgress(['prod-1'], starting);
    const report = progressOf(startingInstance(), actionOf({status: 'in_progress'}));
    expect(plain.linesFor(report, nowMs)).toHaveLength(2);
    expect(plain.linesFor(report, nowMs)).toEqual([]);
  });

  it('names a moment that took no time by its name alone', () => {
    const plain = new PlainProgress(['prod-1'], starting);
    const [line] = plain.linesFor(progressOf(instanceOf(), actionOf({type: 'INSTANCE_READY', durationMs: 0})), nowMs);
    expect(line).toMatch(/prod-1 {2}ready$/);
  });

  it('says how far a long step is, but not more often than every ten seconds', () => {
    const plain = new PlainProgress(['prod-1'], starting);
    plain.linesFor(progressOf(startingInstance({activity: 'weights 1 %'})), nowMs);
    expect(plain.linesFor(progressOf(startingInstance({activity: 'weights 2 %'})), nowMs + 1000)).toEqual([]);
    expect(plain.linesFor(progressOf(startingInstance({activity: 'weights 42 %'})), nowMs + 11_000)).toEqual([
      ' 3m 11s   50%  prod-1  weights 42 %',
    ]);
  });

  it('gives the error of a failed step', () => {
    const plain = new PlainProgress(['prod-1'], starting);
    const failed = actionOf({status: 'failed', errorCode: 'no_capacity', errorMessage: 'nothing\nfree'});
    expect(plain.linesFor(progressOf(startingInstance(), failed), nowMs)[0]).toContain(
      'creating the server: failed in 30s: no_capacity: nothing free',
    );
  });
});
