import type {Clock} from '../../../../../src/ports/clock.ts';

export interface InstantClock extends Clock {
  /** How long each sleep was meant to take, in order. */
  readonly sleptMs: number[];
}

/** A clock that sleeps in no time, and moves on by what was slept. `onSleep` lets another clock follow. */
export function instantClock(onSleep: (durationMs: number) => void = () => {}): InstantClock {
  let nowMs = Date.UTC(2030, 0, 1);
  const sleptMs: number[] = [];
  return {
    sleptMs,
    nowMs: () => nowMs,
    sleep: async durationMs => {
      sleptMs.push(durationMs);
      nowMs += durationMs;
      onSleep(durationMs);
    },
  };
}
