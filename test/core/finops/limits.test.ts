import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type InstanceLimits, limitEnds, noLimits, spendableMs} from '../../../src/core/finops/limits.ts';
import {spentNanos} from '../../../src/core/finops/spend.ts';
import {hourMs, minuteMs} from '../../../src/core/time.ts';
import {someInstance} from '../../support/instances.ts';

const createdAtMs = 1_000_000;

function endsOf(limits: Partial<InstanceLimits>, facts: Parameters<typeof someInstance>[0] = {}) {
  const running = {
    state: 'ready',
    readyAtMs: createdAtMs,
    stateSinceMs: createdAtMs,
    billedFromMs: createdAtMs,
  } as const;
  return limitEnds(someInstance({createdAtMs, ...running, limits: {...noLimits, ...limits}, ...facts})).map(
    ({limit, endsAtMs, warnFromMs}) => [limit, endsAtMs - createdAtMs, endsAtMs - warnFromMs],
  );
}

describe('when limits end an instance', () => {
  it('counts the time from the request, and tells a quarter of an hour before', () => {
    expect(endsOf({ttlMs: 8 * hourMs}, {billedFromMs: null})).toEqual([['ttl', 8 * hourMs, 15 * minuteMs]]);
  });

  it('tells a short limit in its last tenth', () => {
    expect(endsOf({ttlMs: 10 * minuteMs})).toEqual([['ttl', 10 * minuteMs, minuteMs]]);
  });

  it('counts the money from the power-on, and keeps back what the end of it costs', () => {
    expect(endsOf({spendMaxNanos: 1_000_000_000})).toEqual([['spend', hourMs - 3 * minuteMs, expect.any(Number)]]);
    expect(endsOf({spendMaxNanos: 1_000_000_000}, {billedFromMs: null})).toEqual([]);
    expect(endsOf({spendMaxNanos: 1_000_000_000}, {pricePerHourNanos: 0})).toEqual([]);
  });

  it('counts what was paid at places that were left, and no time between two places', () => {
    const half = {spendMaxNanos: 1_000_000_000};
    expect(endsOf(half, {spentBeforeNanos: 500_000_000})).toEqual([
      ['spend', hourMs / 2 - 3 * minuteMs, expect.any(Number)],
    ]);
    expect(endsOf(half, {spentBeforeNanos: 2_000_000_000})).toEqual([['spend', 0, 0]]);
    expect(endsOf(half, {billedUntilMs: createdAtMs + minuteMs})).toEqual([]);
  });

  it('counts idling from the last request, and only of what is ready', () => {
    const idle = {idleTimeoutMs: 30 * minuteMs};
    expect(endsOf(idle)).toEqual([['idle', 30 * minuteMs, 3 * minuteMs]]);
    const activity = {atMs: createdAtMs + hourMs, tokens: 5};
    expect(endsOf(idle, {activity})).toEqual([['idle', hourMs + 30 * minuteMs, 3 * minuteMs]]);
    expect(endsOf(idle, {state: 'starting', readyAtMs: null})).toEqual([]);
    expect(endsOf(idle, {state: 'worker_dead'})).toEqual([]);
  });

  it('tells the soonest first', () => {
    const all = {ttlMs: 2 * hourMs, spendMaxNanos: 1_000_000_000, idleTimeoutMs: 30 * minuteMs};
    expect(endsOf(all).map(([limit]) => limit)).toEqual(['idle', 'spend', 'ttl']);
    expect(endsOf({})).toEqual([]);
  });

  it('ends what it costs early enough to drain and to tear down within the money', () => {
    const prices = fc.integer({min: 1_000_000, max: 60_000_000_000});
    const budgets = fc.integer({min: 1_000_000, max: 10_000_000_000_000});
    fc.assert(
      fc.property(prices, budgets, (pricePerHourNanos, spendMaxNanos) => {
        const lastsMs = spendableMs(pricePerHourNanos, spendMaxNanos) ?? 0;
        const spent = (ms: number) =>
          spentNanos({pricePerHourNanos, billedFromMs: 0, billedUntilMs: null, spentBeforeNanos: 0}, ms);
        expect(lastsMs).toBeGreaterThanOrEqual(0);
        expect(spent(lastsMs)).toBeLessThanOrEqual(spendMaxNanos);
        if (lastsMs > hourMs) expect(spent(lastsMs + 179_000)).toBeLessThanOrEqual(spendMaxNanos);
      }),
    );
  });
});
