import type {EpochMs} from '../time.ts';

/**
 * Keeps requests from a worker that fails again and again. Counts only what the worker did (connect errors, resets,
 * time-outs, 5xx); a client's mistake or departure says nothing about it.
 */
export interface Breaker {
  readonly consecutiveFailures: number;
  /** Null while closed. At this time one probe may pass. */
  readonly openUntilMs: EpochMs | null;
  /** A probe is on its way; nobody else passes until it ends. */
  readonly probing: boolean;
}

export const closedBreaker: Breaker = {consecutiveFailures: 0, openUntilMs: null, probing: false};

const failuresToOpen = 3;
const openMinMs = 1000;
const openMaxMs = 30_000;

export type BreakerState = 'closed' | 'open' | 'half_open';

export function breakerState(breaker: Breaker, nowMs: EpochMs): BreakerState {
  if (breaker.openUntilMs === null) return 'closed';
  return breaker.probing || isOver(breaker.openUntilMs, nowMs) ? 'half_open' : 'open';
}

export function breakerAllows(breaker: Breaker, nowMs: EpochMs): boolean {
  return breaker.openUntilMs === null || (!breaker.probing && isOver(breaker.openUntilMs, nowMs));
}

/** Also where more is left than a breaker is ever open: then the clock was set back. */
function isOver(openUntilMs: EpochMs, nowMs: EpochMs): boolean {
  return nowMs >= openUntilMs || openUntilMs - nowMs > openMaxMs;
}

/** To be kept when a request is sent: makes it the probe where the breaker is half open. */
export function withRequestSent(breaker: Breaker): Breaker {
  return breaker.openUntilMs === null ? breaker : {...breaker, probing: true};
}

export function withSuccess(breaker: Breaker): Breaker {
  return breaker.consecutiveFailures === 0 && breaker.openUntilMs === null ? breaker : closedBreaker;
}

/** Opens for 1 s after the third failure in a row, then twice as long each time, up to 30 s. */
export function withFailure(breaker: Breaker, nowMs: EpochMs): Breaker {
  const consecutiveFailures = breaker.consecutiveFailures + 1;
  if (consecutiveFailures < failuresToOpen) return {consecutiveFailures, openUntilMs: null, probing: false};
  const openMs = Math.min(openMaxMs, openMinMs * 2 ** Math.min(consecutiveFailures - failuresToOpen, 10));
  return {consecutiveFailures, openUntilMs: nowMs + openMs, probing: false};
}

/** A request that ended without saying anything about the worker, such as one the client gave up. */
export function withNoVerdict(breaker: Breaker): Breaker {
  return breaker.probing ? {...breaker, probing: false} : breaker;
}
