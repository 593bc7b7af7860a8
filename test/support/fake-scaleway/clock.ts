/** Something that happens by itself later: a server that finishes booting, a volume that becomes available. */
interface ScheduledEvent {
  atMs: number;
  order: number;
  what: string;
  run: (atMs: number) => void;
}

export interface ClockOptions {
  /** Epoch milliseconds at which the fake starts; the real time when absent. */
  startAtMs?: number;
  /** 1 = real time, 60 = a minute per second, 0 = only moves when told to. */
  speed?: number;
  /** Real time source, in milliseconds. */
  realNowMs?: () => number;
}

/**
 * The clock of the fake: real time by default, faster, frozen, or pushed forward by hand.
 * Events have no timers: those that are due run, in order and each at its own time, when somebody looks (`settle`).
 */
export class ControllableClock {
  #baseMs: number;
  #realBaseMs: number;
  #speed: number;
  #realNowMs: () => number;
  #events: ScheduledEvent[] = [];
  #nextOrder = 0;
  #runningEventAtMs: number | undefined;

  constructor(options: ClockOptions = {}) {
    this.#realNowMs = options.realNowMs ?? Date.now;
    this.#realBaseMs = this.#realNowMs();
    this.#baseMs = options.startAtMs ?? this.#realBaseMs;
    this.#speed = options.speed ?? 1;
  }

  nowMs(): number {
    if (this.#runningEventAtMs !== undefined) return this.#runningEventAtMs;
    return Math.floor(this.#baseMs + (this.#realNowMs() - this.#realBaseMs) * this.#speed);
  }

  get speed(): number {
    return this.#speed;
  }

  setSpeed(speed: number): void {
    this.#rebase(this.nowMs());
    this.#speed = speed;
  }

  schedule(delayMs: number, what: string, run: (atMs: number) => void): void {
    this.#events.push({atMs: this.nowMs() + delayMs, order: this.#nextOrder++, what, run});
    this.#events.sort((left, right) => left.atMs - right.atMs || left.order - right.order);
  }

  /** Runs everything due; events may schedule others, which run too when already due. */
  settle(): void {
    for (let due = this.#takeDue(); due !== undefined; due = this.#takeDue()) {
      this.#runningEventAtMs = due.atMs;
      try {
        due.run(due.atMs);
      } finally {
        this.#runningEventAtMs = undefined;
      }
    }
  }

  advance(byMs: number): void {
    this.#rebase(this.nowMs() + byMs);
    this.settle();
  }

  /** Jumps to the next event and runs it. Returns its description, or undefined when nothing is planned. */
  advanceToNext(): string | undefined {
    const next = this.#events[0];
    if (next === undefined) return undefined;
    if (next.atMs > this.nowMs()) this.#rebase(next.atMs);
    this.settle();
    return next.what;
  }

  /** Moves towards `atMs` without letting any event happen: stops just before the next one. Never goes back. */
  driftTo(atMs: number): void {
    const limitMs = this.#events[0] === undefined ? atMs : Math.min(atMs, this.#events[0].atMs - 1);
    if (limitMs > this.nowMs()) this.#rebase(limitMs);
  }

  pending(): {atMs: number; what: string}[] {
    return this.#events.map(({atMs, what}) => ({atMs, what}));
  }

  #takeDue(): ScheduledEvent | undefined {
    const next = this.#events[0];
    return next !== undefined && next.atMs <= this.nowMs() ? this.#events.shift() : undefined;
  }

  #rebase(nowMs: number): void {
    this.#baseMs = nowMs;
    this.#realBaseMs = this.#realNowMs();
  }
}
