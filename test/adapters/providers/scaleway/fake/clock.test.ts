import {describe, expect, it} from 'vitest';
import {ControllableClock} from '../../../../support/fake-scaleway/clock.ts';

function makeClock(speed: number): {clock: ControllableClock; pass: (realMs: number) => void} {
  let realNowMs = 1_000_000;
  const clock = new ControllableClock({startAtMs: 0, speed, realNowMs: () => realNowMs});
  const pass = (realMs: number): void => {
    realNowMs += realMs;
  };
  return {clock, pass};
}

describe('the controllable clock', () => {
  it('follows real time, faster, or not at all', () => {
    for (const [speed, expected] of [
      [1, 500],
      [60, 30_000],
      [0, 0],
    ] as const) {
      const {clock, pass} = makeClock(speed);
      pass(500);
      expect(clock.nowMs()).toBe(expected);
    }
  });

  it('runs due events in order, each at its own time, even when looked at late', () => {
    const {clock, pass} = makeClock(1);
    const ran: [string, number][] = [];
    clock.schedule(200, 'second', () => ran.push(['second', clock.nowMs()]));
    clock.schedule(100, 'first', () => {
      ran.push(['first', clock.nowMs()]);
      clock.schedule(50, 'between', () => ran.push(['between', clock.nowMs()]));
    });
    pass(1_000);
    clock.settle();
    expect(ran).toEqual([
      ['first', 100],
      ['between', 150],
      ['second', 200],
    ]);
  });

  it('goes to the next event and no further', () => {
    const {clock} = makeClock(0);
    clock.schedule(100, 'first', () => undefined);
    clock.schedule(200, 'second', () => undefined);
    expect(clock.advanceToNext()).toBe('first');
    expect(clock.nowMs()).toBe(100);
    expect(clock.pending()).toEqual([{atMs: 200, what: 'second'}]);
  });

  it('drifts towards a time without letting anything happen', () => {
    const {clock} = makeClock(0);
    clock.schedule(100, 'event', () => undefined);
    clock.driftTo(5_000);
    expect(clock.nowMs()).toBe(99);
    clock.driftTo(50);
    expect(clock.nowMs()).toBe(99);
  });

  it('keeps its time when the speed changes', () => {
    const {clock, pass} = makeClock(10);
    pass(100);
    clock.setSpeed(1);
    pass(100);
    expect(clock.nowMs()).toBe(1_100);
  });
});
