import {describe, expect, it} from 'vitest';
import {backOffMs, stepAttemptsMax, stepLimitMs} from '../../../src/core/instance/step-limits.ts';
import {minuteMs, secondMs} from '../../../src/core/time.ts';

describe('limits of steps', () => {
  it('back off by doubling, up to half a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map(backOffMs)).toEqual([
      250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
    expect(backOffMs(1_000_000)).toBe(30 * secondMs);
  });

  it('let all tries of a step together take about a minute at most', () => {
    const pauses = Array.from({length: stepAttemptsMax - 1}, (_, index) => backOffMs(index + 1));
    expect(pauses.reduce((sum, pauseMs) => sum + pauseMs, 0)).toBeLessThan(minuteMs);
  });

  it('give the model the deadline that was computed for it', () => {
    expect(stepLimitMs('WORKER_VLLM_HTTP_OK', 123_456)).toBe(123_456);
    expect(stepLimitMs('WORKER_MODEL_LOADED', 123_456)).toBe(123_456);
  });

  it.each([
    'EXECUTE_TERMINATE',
    'PROVIDER_STOP',
    'PROVIDER_TERMINATE',
    'PROVIDER_DELETE_VOLUME',
    'PROVIDER_DELETE_IP',
    'PROVIDER_DELETE_SECURITY_GROUP',
    'TERMINATION_CONFIRMED',
    'EXECUTE_DRAIN',
  ] as const)('never give up %s', step => expect(stepLimitMs(step, 1)).toBeNull());
});
