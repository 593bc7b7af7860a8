import {InventivError} from '../errors.ts';
import {dayMs, type EpochMs, hourMs} from '../time.ts';

export const usageSteps = ['hour', 'day'] as const;

export type UsageStep = (typeof usageSteps)[number];

export const stepMs: Readonly<Record<UsageStep, number>> = {hour: hourMs, day: dayMs};

/** All requests that began within one step of one group; null where it is not told apart, or nobody served. */
export interface UsagePoint {
  readonly atMs: EpochMs;
  readonly id: string | null;
  readonly requests: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly amountNanos: number;
}

export const seriesStepsMax = 2000;

/** Days (and hours) of UTC: from the beginning of the step that `fromMs` lies in. Throws `invalid_input` for too many. */
export function seriesPeriod(
  {fromMs, untilMs}: {fromMs: EpochMs; untilMs: EpochMs},
  step: UsageStep,
): {fromMs: EpochMs; untilMs: EpochMs} {
  const alignedMs = Math.floor(fromMs / stepMs[step]) * stepMs[step];
  if (untilMs <= fromMs) {
    throw new InventivError('invalid_input', 'expected an end after the beginning of the period', {
      hint: 'For example: inventiv usage series --from 7d --until 1d',
      param: '--until',
    });
  }

  const steps = Math.ceil((untilMs - alignedMs) / stepMs[step]);
  if (steps <= seriesStepsMax) return {fromMs: alignedMs, untilMs};
  throw new InventivError('invalid_input', `expected at most ${seriesStepsMax} steps, got ${steps} of a ${step}`, {
    hint: step === 'hour' ? 'Use --step day, or a shorter period.' : 'Use a shorter period.',
    param: '--from',
  });
}

/** The finest step whose series is still easy to look at. */
export function defaultStep({fromMs, untilMs}: {fromMs: EpochMs; untilMs: EpochMs}): UsageStep {
  return untilMs - fromMs <= 4 * dayMs ? 'hour' : 'day';
}
