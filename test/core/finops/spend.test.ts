import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {affordableMs, spentNanos} from '../../../src/core/finops/spend.ts';

const price = fc.integer({min: 1, max: 60_000_000_000});
const budget = fc.integer({min: 1, max: 1_000_000_000_000_000});
const moment = fc.integer({min: 0, max: 4_102_444_800_000});

describe('what an instance cost so far', () => {
  it.each([
    ['nothing before it is powered on', {billedFromMs: null, billedUntilMs: null}, 9_999_999, 0],
    ['an hour by the hourly price', {billedFromMs: 0, billedUntilMs: null}, 3_600_000, 1_000_000_000],
    ['every second that was begun', {billedFromMs: 0, billedUntilMs: null}, 3_599_001, 1_000_000_000],
    ['no more once it is gone', {billedFromMs: 0, billedUntilMs: 1_800_000}, 99_000_000, 500_000_000],
    ['nothing where the clock went back', {billedFromMs: 5000, billedUntilMs: null}, 1000, 0],
    [
      'what was paid at other places, before it is powered on',
      {billedFromMs: null, billedUntilMs: null, spentBeforeNanos: 7},
      0,
      7,
    ],
    [
      'what was paid at other places, and the time here',
      {billedFromMs: 0, billedUntilMs: null, spentBeforeNanos: 7},
      1_800_000,
      500_000_007,
    ],
  ])('is %s', (_, times, nowMs, expected) => {
    expect(spentNanos({pricePerHourNanos: 1_000_000_000, spentBeforeNanos: 0, ...times}, nowMs)).toBe(expected);
  });

  it('never falls as time goes on, and is a whole number of nano-euros', () => {
    fc.assert(
      fc.property(price, moment, fc.nat(1e9), fc.nat(1e9), (pricePerHourNanos, fromMs, first, more) => {
        const at = (ms: number) =>
          spentNanos({pricePerHourNanos, billedFromMs: fromMs, billedUntilMs: null, spentBeforeNanos: 0}, fromMs + ms);
        expect(Number.isSafeInteger(at(first))).toBe(true);
        expect(at(first + more)).toBeGreaterThanOrEqual(at(first));
      }),
    );
  });

  it('stays within a budget for as long as it is affordable, and leaves it within two seconds after', () => {
    fc.assert(
      fc.property(price, budget, (pricePerHourNanos, budgetNanos) => {
        const lastsMs = affordableMs(pricePerHourNanos, budgetNanos) ?? 0;
        fc.pre(lastsMs < 1e14);
        const at = (ms: number) =>
          spentNanos({pricePerHourNanos, billedFromMs: 0, billedUntilMs: null, spentBeforeNanos: 0}, ms);
        expect(at(lastsMs)).toBeLessThanOrEqual(budgetNanos);
        expect(at(lastsMs + 2000)).toBeGreaterThan(budgetNanos - 1);
      }),
    );
  });

  it('lasts for ever where it costs nothing', () => {
    expect(affordableMs(0, 1)).toBeNull();
  });
});
