import {describe, expect, it} from 'vitest';
import {
  engineReadyTimeoutSeconds,
  readyDeadline,
  readyDeadlineAtMs,
  readyDeadlineMs,
  typicalReadyMs,
} from '../../../src/core/model/ready-deadline.ts';
import {SEED_MODELS} from '../../../src/core/model/seed.ts';
import {modelNamed, typeNamed} from './seeded.ts';

const MINUTE_MS = 60_000;

describe('readyDeadline', () => {
  it('adds boot, image, download, load and finish', () => {
    // 690 GB at 1.25 GB/s: 300 + 7.28 + 552 + 2760 + 300 s.
    expect(readyDeadline(modelNamed('deepseek-v3.2'), typeNamed('B300-SXM-4-288G'), 1.25e9)).toEqual({
      prepareMs: 300_000,
      imagePullMs: 7_280,
      downloadMs: 552_000,
      loadMs: 2_760_000,
      finishMs: 300_000,
      totalMs: 3_919_280,
    });
  });

  it('is not what a start is expected to take', () => {
    // 16.4 GB on half of 2.5 Gb/s: 120 + 58 + 105 + 65 + 120 s.
    const typicalMs = typicalReadyMs(readyDeadline(modelNamed('qwen3-8b'), typeNamed('L4-1-24G')));
    expect(Math.round(typicalMs / MINUTE_MS)).toBe(8);
    expect(typicalMs).toBeLessThan(readyDeadlineMs(modelNamed('qwen3-8b'), typeNamed('L4-1-24G')));
  });

  it('is at least twenty minutes', () => {
    expect(readyDeadlineMs(modelNamed('qwen2.5-0.5b-instruct'), typeNamed('L4-1-24G'))).toBe(20 * MINUTE_MS);
  });

  it('stays finite on a line without speed', () => {
    expect(readyDeadline(modelNamed('qwen3-8b'), typeNamed('L4-1-24G'), 0).totalMs).toBeLessThan(2 * 3_600_000);
  });

  it('gives the engine at least its own default and at most two hours', () => {
    for (const model of SEED_MODELS) {
      const seconds = engineReadyTimeoutSeconds(model, typeNamed('H100-SXM-8-80G'));
      expect(seconds).toBeGreaterThanOrEqual(600);
      expect(seconds).toBeLessThanOrEqual(7_200);
    }
    expect(
      engineReadyTimeoutSeconds(modelNamed('llama-3.3-70b-instruct'), typeNamed('H100-SXM-4-80G')),
    ).toBeGreaterThan(1_500);
  });
});

describe('readyDeadlineAtMs', () => {
  const start = {startedAtMs: 1_000, deadlineMs: 20 * MINUTE_MS};

  it.each([
    ['nothing advanced', undefined, 20],
    ['early progress', 5, 20],
    ['late progress', 18, 28],
    ['progress after the first deadline', 25, 35],
    ['endless progress', 500, 60],
  ])('with %s gives up in time', (_, advancedMinutes, expectedMinutes) => {
    const advancedAtMs = advancedMinutes === undefined ? undefined : start.startedAtMs + advancedMinutes * MINUTE_MS;
    expect(readyDeadlineAtMs({...start, advancedAtMs})).toBe(start.startedAtMs + expectedMinutes * MINUTE_MS);
  });
});
