import {describe, expect, it} from 'vitest';
import {PlainProgress} from '../../src/ui/live/plain-lines.ts';
import {actionOf, instanceOf, nowMs, progressOf, startingInstance} from './view-data.ts';

describe('progress without a terminal', () => {
  it('prints one line per step with time, percent, name and step', () => {
    const plain = new PlainProgress(['prod-1', 'other-name']);
    const running = actionOf({type: 'WORKER_SSH_INSTALL', status: 'in_progress', finishedAt: null, durationMs: null});
    expect(plain.linesFor(progressOf(startingInstance(), running), nowMs)).toEqual([
      ' 3m 00s   50%  prod-1      installing the worker',
      ' 3m 00s   50%  prod-1      state: installing',
    ]);
    expect(
      plain.linesFor(progressOf(startingInstance(), {...running, status: 'success', durationMs: 1500}), nowMs),
    ).toEqual([' 3m 00s   50%  prod-1      installing the worker: done in 1.5s']);
  });

  it('says nothing twice', () => {
    const plain = new PlainProgress(['prod-1']);
    const report = progressOf(startingInstance(), actionOf({status: 'in_progress'}));
    expect(plain.linesFor(report, nowMs)).toHaveLength(2);
    expect(plain.linesFor(report, nowMs)).toEqual([]);
  });

  it('names a moment that took no time by its name alone', () => {
    const plain = new PlainProgress(['prod-1']);
    const [line] = plain.linesFor(progressOf(instanceOf(), actionOf({type: 'INSTANCE_READY', durationMs: 0})), nowMs);
    expect(line).toMatch(/prod-1 {2}ready$/);
  });

  it('says how far a long step is, but not more often than every ten seconds', () => {
    const plain = new PlainProgress(['prod-1']);
    plain.linesFor(progressOf(startingInstance({activity: 'weights 1 %'})), nowMs);
    expect(plain.linesFor(progressOf(startingInstance({activity: 'weights 2 %'})), nowMs + 1000)).toEqual([]);
    expect(plain.linesFor(progressOf(startingInstance({activity: 'weights 42 %'})), nowMs + 11_000)).toEqual([
      ' 3m 11s   50%  prod-1  weights 42 %',
    ]);
  });

  it('gives the error of a failed step', () => {
    const plain = new PlainProgress(['prod-1']);
    const failed = actionOf({status: 'failed', errorCode: 'no_capacity', errorMessage: 'nothing\nfree'});
    expect(plain.linesFor(progressOf(startingInstance(), failed), nowMs)[0]).toContain(
      'creating the server: failed in 30s: no_capacity: nothing free',
    );
  });
});
