import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {Candidate} from '../../../src/core/routing/pick.ts';
import {pickWorker} from '../../../src/core/routing/pick.ts';

const worker = (id: string, weight = 1, outstanding = 0): Candidate => ({id, weight, outstanding});
const free = {session: null, turn: 0};

describe('pickWorker', () => {
  it('picks nobody from nobody', () => {
    expect(pickWorker([], free)).toBeNull();
    expect(pickWorker([], {session: 's', turn: 0})).toBeNull();
  });

  it('picks the least loaded for its weight', () => {
    expect(pickWorker([worker('small', 1, 1), worker('large', 8, 6)], free)?.id).toBe('large');
  });

  it('deals ties out in turn', () => {
    const workers = [worker('a'), worker('b'), worker('c')];
    const picked = [0, 1, 2, 3].map(turn => pickWorker(workers, {session: null, turn})?.id);
    expect(picked).toEqual(['a', 'b', 'c', 'a']);
  });

  it('keeps a session where it was as long as that worker is not overloaded', () => {
    const workers = ['a', 'b', 'c'].map(id => worker(id));
    const first = pickWorker(workers, {session: 'chat', turn: 0});
    expect(pickWorker(workers.toReversed(), {session: 'chat', turn: 7})?.id).toBe(first?.id);
    const overloaded = workers.map(({id}) => worker(id, 1, id === first?.id ? 9 : 0));
    expect(pickWorker(overloaded, {session: 'chat', turn: 0})?.id).not.toBe(first?.id);
  });

  it('moves no session between workers that stay when one leaves', () => {
    const workers = ['a', 'b', 'c', 'd'].map(id => worker(id));
    for (let index = 0; index < 200; index++) {
      const request = {session: `s${index}`, turn: 0};
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
      pickWorker(workers, {session: `user-${index}`, turn: 0}),
    ).filter(picked => picked?.id === 'three');
    expect(onThree.length / 4000).toBeGreaterThan(0.7);
    expect(onThree.length / 4000).toBeLessThan(0.8);
  });

  it('always finds a worker, and never one far above its share', () => {
    const candidates = fc.array(fc.record({weight: fc.integer({min: 1, max: 8}), outstanding: fc.nat({max: 50})}), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(candidates, fc.string(), (loads, session) => {
        const workers = loads.map((load, index) => ({id: `w${index}`, ...load}));
        const picked = pickWorker(workers, {session, turn: 0});
        const total = workers.reduce((sum, {outstanding}) => sum + outstanding, 1);
        const weight = workers.reduce((sum, each) => sum + each.weight, 0);
        expect(picked).not.toBeNull();
        if (picked) expect(picked.outstanding).toBeLessThan(Math.ceil((total * picked.weight * 1.25) / weight));
      }),
    );
  });
});
