import {describe, expect, it} from 'vitest';
import {stepDeadlineAtMs} from '../../../src/core/instance/step-deadline.ts';
import {minuteMs} from '../../../src/core/time.ts';

const readyDeadlineMs = 20 * minuteMs;
const deadline = (step: Parameters<typeof stepDeadlineAtMs>[0], metadata = {}) =>
  stepDeadlineAtMs(step, {startedAtMs: 1000, metadata}, readyDeadlineMs);

describe('the deadline of a step', () => {
  it('is its limit while nothing advances', () => {
    expect(deadline('WORKER_VLLM_HTTP_OK')).toBe(1000 + readyDeadlineMs);
  });

  it('moves while the start advances, at most to three times the first estimate', () => {
    expect(deadline('WORKER_VLLM_HTTP_OK', {advancedAtMs: 1000 + 18 * minuteMs})).toBe(1000 + 28 * minuteMs);
    expect(deadline('WORKER_VLLM_HTTP_OK', {advancedAtMs: 1000 + 300 * minuteMs})).toBe(1000 + 60 * minuteMs);
  });

  it('gives the installation as long as the download of the weights may take', () => {
    const long = stepDeadlineAtMs('WORKER_SSH_INSTALL', {startedAtMs: 0, metadata: {}}, 90 * minuteMs);
    expect([deadline('WORKER_SSH_INSTALL'), long]).toEqual([1000 + 60 * minuteMs, 90 * minuteMs]);
  });

  it('is none for what is never given up', () => {
    expect(deadline('PROVIDER_TERMINATE')).toBeNull();
  });
});
