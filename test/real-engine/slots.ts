export class QueueFullError extends Error {}

/** Lends a fixed set of things to at most that many users at once; the others wait in order of arrival. */
export class Slots<T> {
  readonly #total: number;
  readonly #free: T[];
  readonly #queueLimit: number | null;
  readonly #waiting: Array<(item: T) => void> = [];

  constructor(items: readonly T[], queueLimit: number | null) {
    this.#free = [...items];
    this.#total = items.length;
    this.#queueLimit = queueLimit;
  }

  get running(): number {
    return this.#total - this.#free.length;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  assertRoom(): void {
    if (this.#free.length === 0 && this.#queueLimit !== null && this.#waiting.length >= this.#queueLimit) {
      throw new QueueFullError(`${this.#waiting.length} requests are waiting already`);
    }
  }

  /** @throws the signal's reason when it aborts before a slot is free. */
  async acquire(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const item = this.#free.pop();
    if (item !== undefined) return item;

    return new Promise((resolve, reject) => {
      const grant = (granted: T): void => {
        signal.removeEventListener('abort', leave);
        resolve(granted);
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, {once: true});
      this.#waiting.push(grant);
    });
  }

  release(item: T): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(item);
    else next(item);
  }
}
