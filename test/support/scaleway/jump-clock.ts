import type {Clock} from '../../../src/ports/clock.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** Turns of the event loop without any activity after which nothing else can be going on than sleep. */
const idleTurns = 25;

/**
 * Time that stands still while anything is going on, and jumps to the next wake-up as soon as all that is left is sleep:
 * what takes minutes takes moments, however busy the computer is. What goes on outside (requests) has to be told by `track`.
 */
export class JumpClock implements Clock {
  #nowMs: number;
  #sleepers: Sleeper[] = [];
  #underWay = 0;
  #activity = 0;
  #isLooking = false;
  readonly #onJump: (byMs: number) => void;

  constructor(startMs: number, onJump: (byMs: number) => void = () => undefined) {
    this.#nowMs = startMs;
    this.#onJump = onJump;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (durationMs <= 0 || signal?.aborted) return Promise.resolve();
    const {promise, resolve} = Promise.withResolvers<void>();
    const sleeper = {wakeAtMs: this.#nowMs + Math.ceil(durationMs), wake: resolve};
    this.#sleepers.push(sleeper);
    const leave = (): void => {
      this.#sleepers = this.#sleepers.filter(other => other !== sleeper);
      resolve();
    };
    signal?.addEventListener('abort', leave, {once: true});
    void promise.then(() => signal?.removeEventListener('abort', leave));
    this.#noteActivity();
    return promise;
  }

  /** Time stands still until this has ended. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await work;
    } finally {
      this.#underWay -= 1;
      this.#noteActivity();
    }
  }

  #noteActivity(): void {
    this.#activity += 1;
    if (!this.#isLooking) void this.#look();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    while (this.#sleepers.length > 0 && this.#underWay === 0) {
      const before = this.#activity;
      let turns = 0;
      while (turns < idleTurns && this.#activity === before && this.#underWay === 0) {
        await new Promise(resolve => setImmediate(resolve));
        turns += 1;
      }
      if (turns === idleTurns) this.#jump();
    }
    this.#isLooking = false;
  }

  #jump(): void {
    const nextMs = Math.min(...this.#sleepers.map(({wakeAtMs}) => wakeAtMs));
    const byMs = Math.max(0, nextMs - this.#nowMs);
    this.#nowMs += byMs;
    this.#onJump(byMs);
    const due = this.#sleepers.filter(({wakeAtMs}) => wakeAtMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter(({wakeAtMs}) => wakeAtMs > this.#nowMs);
    for (const {wake} of due) wake();
  }
}

const clocks = new Map<string, JumpClock>();
let isWatched = false;

/** From now on requests to this origin hold the clock; the answer lets it go. */
export function holdForRequests(clock: JumpClock, origin: string): () => void {
  clocks.set(origin, clock);
  if (!isWatched) {
    isWatched = true;
    const send = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      const url = new URL(typeof input === 'string' || input instanceof URL ? input : input.url);
      const answer = send(input, init);
      return clocks.get(url.origin)?.track(answer) ?? answer;
    };
  }
  return () => clocks.delete(origin);
}
