import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {fullHealth, healthAfterFailure} from '../../../src/core/routing/health-score.ts';
import type {Candidate} from '../../../src/core/routing/pick.ts';
import {pickWorker} from '../../../src/core/routing/pick.ts';
import {correctionOf, reportFreshMs} from '../../../src/core/routing/worker-load.ts';

const idle = {health: 1, correction: null};
const worker = (id: string, weight = 1, outstanding = 0): Candidate => ({id, weight, outstanding, ...idle});
const nowMs = 1_000_000;
const free = {session: null, turn: 0, nowMs};

describe('pickWorker', () => {
  it('picks nobody from nobody', () => {
    expect(pickWorker([], free)).toBeNull();
    expect(pickWorker([], {session: 's', turn: 0, nowMs})).toBeNull();
  });

  it('picks the least loaded for its weight', () => {
    expect(pickWorker([worker('small', 1, 1), worker('large', 8, 6)], free)?.id).toBe('large');
  });

  it('deals ties out in turn', () => {
    const workers = [worker('a'), worker('b'), worker('c')];
    const picked = [0, 1, 2, 3].map(turn => pickWorker(workers, {session: null, turn, nowMs})?.id);
    expect(picked).toEqual(['a', 'b', 'c', 'a']);
  });

  it('keeps a session where it was as long as that worker is not overloaded', () => {
    const workers = ['a', 'b', 'c'].map(id => worker(id));
    const first = pickWorker(workers, {session: 'chat', turn: 0, nowMs});
    expect(pickWorker(workers.toReversed(), {session: 'chat', turn: 7, nowMs})?.id).toBe(first?.id);
    const overloaded = workers.map(({id}) => worker(id, 1, id === first?.id ? 9 : 0));
    expect(pickWorker(overloaded, {session: 'chat', turn: 0, nowMs})?.id).not.toBe(first?.id);
  });

  it('moves no session between workers that stay when one leaves', () => {
    const workers = ['a', 'b', 'c', 'd'].map(id => worker(id));
    for (let index = 0; index < 200; index++) {
      const request = {session: `s${index}`, turn: 0, nowMs};
      const before = pickWorker(workers, request);
      const after = pickWorker(
        workers.filter(({id}) => id !== 'd'),
        request,
      );
      if (before?.id !== 'd') expect(after?.id).toBe(before?.id);
    }
  });

  it('spreads sessions by weight', () => {
    const workers = [worker('one'), worker('three', 3)];
    const onThree = Array.from({length: 4000}, (_, index) =>
      pickWorker(workers, {session: `user-${index}`, turn: 0, nowMs}),
    ).filter(picked => picked?.id === 'three');
    expect(onThree.length / 4000).toBeGreaterThan(0.7);
    expect(onThree.length / 4000).toBeLessThan(0.8);
  });

  it('looks at what a worker does for others, and what it has queued', () => {
    const report = {atMs: nowMs - 1000, running: 5, waiting: 2, kvUsage: 0.1};
    const busy = {...worker('busy'), correction: correctionOf(report, 1)};
    expect(busy.correction).toMatchObject({foreign: 6, queued: 2});
    expect(pickWorker([busy, worker('ours', 1, 7)], free)?.id).toBe('ours');
    expect(pickWorker([busy, worker('ours', 1, 8)], {...free, turn: 1})?.id).toBe('ours');
    expect(pickWorker([busy, worker('ours', 1, 9)], free)?.id).toBe('busy');
  });

  it('shuns a worker whose KV cache is nearly full', () => {
    const report = {atMs: nowMs, running: 1, waiting: 0, kvUsage: 1};
    const full = {...worker('full', 1, 1), correction: correctionOf(report, 1)};
    expect(pickWorker([full, worker('roomy', 1, 4)], free)?.id).toBe('roomy');
    expect(pickWorker([full, worker('roomy', 1, 6)], free)?.id).toBe('full');
  });

  it('ignores a report that is old, or from the future', () => {
    for (const atMs of [nowMs - reportFreshMs - 1, nowMs + reportFreshMs + 1]) {
      const stale = {...worker('stale'), correction: correctionOf({atMs, running: 99, waiting: 9, kvUsage: 1}, 0)};
      expect(pickWorker([worker('other', 1, 1), stale], free)?.id).toBe('stale');
    }
  });

  it('sends less to a worker that failed lately, and a session still to the one it prefers', () => {
    const workers = [worker('a', 1, 2), {...worker('b', 1, 1), health: healthAfterFailure(fullHealth)}];
    expect(pickWorker(workers, free)?.id).toBe('a');
    const session = {session: 'chat', turn: 0, nowMs};
    const weak = ['a', 'b', 'c'].map(id => ({...worker(id), health: 0.5}));
    expect(pickWorker(weak, session)?.id).toBe(
      pickWorker(
        ['a', 'b', 'c'].map(id => worker(id)),
        session,
      )?.id,
    );
  });

  it('always finds a worker, and never one far above its share', () => {
    const candidates = fc.array(fc.record({weight: fc.integer({min: 1, max: 8}), outstanding: fc.nat({max: 50})}), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(candidates, fc.string(), (loads, session) => {
        const workers = loads.map((load, index) => ({id: `w${index}`, ...idle, ...load}));
        const picked = pickWorker(workers, {session, turn: 0, nowMs});
        const total = workers.reduce((sum, {outstanding}) => sum + outstanding, 1);
        const weight = workers.reduce((sum, each) => sum + each.weight, 0);
        expect(picked).not.toBeNull();
        if (picked) expect(picked.outstanding).toBeLessThan(Math.ceil((total * picked.weight * 1.25) / weight));
      }),
    );
  });
});
