import {type ErrorCode, errorCatalogue} from '../../core/errors.ts';
import {type Goal, outcomeOf} from '../../ui/live/watched.ts';
import {isErrorCode} from '../client-error.ts';

/** What of an instance decides the exit status. */
interface Settled {
  readonly state: Parameters<typeof outcomeOf>[0]['state'];
  readonly failure: {
    readonly code: string;
    readonly errorCode: string;
    readonly message: string;
    readonly hint: string | null;
    readonly at: string;
  } | null;
}

export interface Outcomes<T extends Settled> {
  readonly arrived: readonly T[];
  readonly failed: readonly T[];
  readonly moving: readonly T[];
}

export function sortOutcomes<T extends Settled>(instances: readonly T[], goal: Goal): Outcomes<T> {
  return {
    arrived: instances.filter(each => outcomeOf(each, goal) === 'arrived'),
    failed: instances.filter(each => outcomeOf(each, goal) === 'failed'),
    moving: instances.filter(each => outcomeOf(each, goal) === 'moving'),
  };
}

/** The code under which a finished `up`, `down` or `wait` leaves; null when all arrived. */
export function errorCodeOf<T extends Settled>({arrived, failed, moving}: Outcomes<T>): ErrorCode | null {
  if (failed.length === 0 && moving.length === 0) return null;
  if (failed.length > 0 && arrived.length + moving.length > 0) return 'partly_failed';
  if (failed.length === 0) return 'timed_out';
  const codes = new Set(failed.map(each => failureCode(each)));
  const [only] = codes;
  return codes.size === 1 && only !== undefined ? only : 'instance_failed';
}

export function exitOf(code: ErrorCode | null): number {
  return code === null ? 0 : errorCatalogue[code].exit;
}

function failureCode({failure}: Settled): ErrorCode {
  return failure !== null && isErrorCode(failure.errorCode) ? failure.errorCode : 'instance_failed';
}
