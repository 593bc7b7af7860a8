import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {Bucket, Taken} from '../../../src/core/limits/bucket.ts';
import {corrected, fullBucket, leftIn, refilled, take, untilFullMs, waitMs} from '../../../src/core/limits/bucket.ts';
import {minuteMs} from '../../../src/core/time.ts';

describe('a bucket', () => {
  it('holds a minute, and is refilled by time', () => {
    let bucket = fullBucket(0);
    expect(leftIn(bucket, 60)).toBe(60);
    bucket = take(bucket, 60);
    expect([leftIn(bucket, 60), waitMs(bucket, 60, 1), untilFullMs(bucket, 60)]).toEqual([0, 1000, minuteMs]);
    bucket = refilled(bucket, 60, 999);
    expect([leftIn(bucket, 60), waitMs(bucket, 60, 1)]).toEqual([0, 1]);
    expect(leftIn(refilled(bucket, 60, 1000), 60)).toBe(1);
    expect(leftIn(refilled(bucket, 60, 10 * minuteMs), 60)).toBe(60);
  });

  it('never has room for more than a minute holds', () => {
    expect(waitMs(fullBucket(0), 60, 61)).toBeNull();
    expect(waitMs(fullBucket(0), 60, 60)).toBe(0);
  });

  it('owes what was used beyond what was taken', () => {
    const bucket = corrected(take(fullBucket(0), 10), 60, {amount: 10, atAgeMs: 0}, 100);
    expect(leftIn(bucket, 60)).toBe(0);
    expect(waitMs(bucket, 60, 1)).toBe(41_000);
  });

  it('does not give back what time has paid back already', () => {
    const taken = {amount: 60, atAgeMs: 0};
    const half = refilled(take(fullBucket(0), 60), 60, minuteMs / 2);
    expect(leftIn(corrected(take(half, 30), 60, taken, 0), 60)).toBe(30);
    expect(leftIn(corrected(half, 60, taken, 0), 60)).toBe(60);
  });
});

const perMinute = 100;
/** Time steps, also backwards; and requests that hold some and use some, each ended later. */
const steps = fc.array(
  fc.oneof(
    fc.record({kind: fc.constant('wait' as const), ms: fc.integer({min: -90_000, max: 90_000})}),
    fc.record({
      kind: fc.constant('ask' as const),
      held: fc.integer({min: 1, max: perMinute}),
      used: fc.integer({min: 0, max: 2 * perMinute}),
    }),
    fc.record({kind: fc.constant('end' as const), which: fc.nat()}),
  ),
  {maxLength: 60},
);

describe('whatever happens', () => {
  it('admits no more than a minute and what the forward steps of the clock add', () => {
    fc.assert(
      fc.property(steps, given => {
        let [nowMs, forwardMs, admitted] = [0, 0, 0];
        let bucket = fullBucket(nowMs);
        for (const step of given) {
          if (step.kind === 'wait') {
            nowMs += step.ms;
            forwardMs += Math.max(0, step.ms);
            bucket = refilled(bucket, perMinute, nowMs);
          } else if (step.kind === 'ask' && waitMs(bucket, perMinute, step.held) === 0) {
            bucket = take(bucket, step.held);
            admitted += step.held;
          }
        }

        expect(admitted * minuteMs).toBeLessThanOrEqual(perMinute * minuteMs + forwardMs * perMinute);
      }),
    );
  });

  it('is never fuller than if the true size had been known from the start', () => {
    fc.assert(
      fc.property(steps, given => {
        let nowMs = 0;
        let bucket = fullBucket(nowMs);
        let exact: Bucket = fullBucket(nowMs);
        const open: {taken: Taken; used: number}[] = [];
        const end = (at: number) => {
          const [request] = open.splice(at, 1);
          if (request !== undefined) bucket = corrected(bucket, perMinute, request.taken, request.used);
        };
        for (const step of given) {
          if (step.kind === 'wait') {
            nowMs += step.ms;
            bucket = refilled(bucket, perMinute, nowMs);
            exact = refilled(exact, perMinute, nowMs);
          } else if (step.kind === 'end') {
            end(step.which % Math.max(1, open.length));
          } else {
            open.push({taken: {amount: step.held, atAgeMs: bucket.ageMs}, used: step.used});
            bucket = take(bucket, step.held);
            exact = take(exact, step.used);
          }
        }

        while (open.length > 0) end(0);
        expect(bucket.debt).toBeGreaterThanOrEqual(exact.debt);
      }),
    );
  });

  it('is full again in the time that it tells', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 1_000_000_000}), fc.nat({max: 1_000_000_000}), (rate, amount) => {
        const bucket = take(fullBucket(0), amount);
        const resetMs = untilFullMs(bucket, rate);
        expect(leftIn(refilled(bucket, rate, resetMs), rate)).toBe(rate);
        const wait = waitMs(bucket, rate, 1) ?? 0;
        expect(waitMs(refilled(bucket, rate, wait), rate, 1)).toBe(0);
      }),
    );
  });
});
