import type {EngineClock} from '../../../../../src/adapters/providers/mock/fake-vllm/clock.ts';

/** A clock that stands still until it is told to go on. */
export class ManualClock implements EngineClock {
  #nowMs = 1_000_000;
  #timers: {dueAtMs: number; callback: () => void}[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = {dueAtMs: this.#nowMs + Math.max(0, delayMs), callback};
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer);
    };
  }

  /** Runs every timer that falls due within `ms`, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.filter(({dueAtMs}) => dueAtMs <= untilMs).sort((a, b) => a.dueAtMs - b.dueAtMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter(timer => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueAtMs);
      next.callback();
    }
    this.#nowMs = untilMs;
  }
}
