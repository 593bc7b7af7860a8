import {readyDeadlineAtMs} from '../model/ready-deadline.ts';
import type {EpochMs} from '../time.ts';
import type {Action} from './action.ts';
import type {StepType} from './decide.ts';
import {stepLimitMs} from './step-limits.ts';

/**
 * When a step that was begun is given up, or null if never. A start that advances (the action notes when it last did) gets
 * more time than its first estimate, within bounds.
 */
export function stepDeadlineAtMs(
  step: StepType,
  {startedAtMs, metadata}: Pick<Action, 'startedAtMs' | 'metadata'>,
  readyDeadlineMs: number,
): EpochMs | null {
  const limitMs = stepLimitMs(step, readyDeadlineMs);
  if (limitMs === null) return null;
  const {advancedAtMs} = metadata;
  return typeof advancedAtMs === 'number'
    ? readyDeadlineAtMs({startedAtMs, deadlineMs: limitMs, advancedAtMs})
    : startedAtMs + limitMs;
}
