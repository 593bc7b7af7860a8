import {describe, expect, it} from 'vitest';
import type {Breaker} from '../../../src/core/routing/breaker.ts';
import {
  breakerAllows,
  breakerState,
  closedBreaker,
  withFailure,
  withNoVerdict,
  withRequestSent,
  withSuccess,
} from '../../../src/core/routing/breaker.ts';

const nowMs = 1_000_000;
const failed = (times: number): Breaker =>
  Array.from({length: times}).reduce<Breaker>(breaker => withFailure(breaker, nowMs), closedBreaker);

describe('breaker', () => {
  it('stays closed for two failures in a row and opens at the third', () => {
    expect(breakerAllows(failed(2), nowMs)).toBe(true);
    expect(breakerState(failed(3), nowMs)).toBe('open');
    expect(breakerAllows(failed(3), nowMs)).toBe(false);
  });

  it('lets one probe through when its time is over, and nobody else', () => {
    const open = failed(3);
    expect(breakerAllows(open, nowMs + 1000)).toBe(true);
    const probing = withRequestSent(open);
    expect(breakerState(probing, nowMs + 1000)).toBe('half_open');
    expect(breakerAllows(probing, nowMs + 5000)).toBe(false);
  });

  it('closes when the probe is served, and opens for longer when it fails', () => {
    const probing = withRequestSent(failed(3));
    expect(withSuccess(probing)).toEqual(closedBreaker);
    expect(withFailure(probing, nowMs)).toMatchObject({openUntilMs: nowMs + 2000, probing: false});
  });

  it('lets the next probe through when the client of the first one left', () => {
    const left = withNoVerdict(withRequestSent(failed(3)));
    expect(breakerAllows(left, nowMs + 1000)).toBe(true);
  });

  it('never stays open for more than half a minute, also when the clock is set back', () => {
    expect(failed(100).openUntilMs).toBe(nowMs + 30_000);
    expect(breakerAllows(failed(3), nowMs - 3_600_000)).toBe(true);
    expect(breakerState(failed(3), nowMs - 3_600_000)).toBe('half_open');
  });
});
