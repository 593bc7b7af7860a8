import type {Clock} from '../../src/ports/clock.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until told: `advance` wakes sleepers in the order of their time, each at its own time. */
export class FakeClock implements Clock {
  #nowMs: number;
  #sleepers: Sleeper[] = [];

  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** How many are asleep: lets a test wait for the moment when it may advance. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (durationMs <= 0 || signal?.aborted) {
      return Promise.resolve();
    }

    return new Promise(resolve => {
      const wake = () => {
        this.#sleepers = this.#sleepers.filter(other => other !== sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };

      const sleeper: Sleeper = {wakeAtMs: this.#nowMs + durationMs, wake};
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake, {once: true});
    });
  }

  /** Moves time forward. What a sleeper does next has run before the following sleeper wakes. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    for (let next = this.#nextBefore(untilMs); next; next = this.#nextBefore(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.wakeAtMs);
      next.wake();
      await settle();
    }

    this.#nowMs = untilMs;
  }

  /** Sets the time, backwards too; wakes nobody. */
  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  #nextBefore(untilMs: number): Sleeper | undefined {
    return this.#sleepers
      .filter(sleeper => sleeper.wakeAtMs <= untilMs)
      .reduce<Sleeper | undefined>(
        (first, sleeper) => (first && first.wakeAtMs <= sleeper.wakeAtMs ? first : sleeper),
        undefined,
      );
  }
}

/** Lets every promise that is already resolvable run. */
function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
