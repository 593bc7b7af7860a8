/** A bounded number of places, and a bounded queue for them, first come first served. */
export class Slots {
  readonly #waitingMax: number;
  readonly #tooMany: () => Error;
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(slots: number, waitingMax: number, tooMany: () => Error) {
    this.#free = slots;
    this.#waitingMax = waitingMax;
    this.#tooMany = tooMany;
  }

  /** Waits for a place; throws the signal's reason. The answer gives the place back, once however often it is called. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    let isHeld = true;
    return () => {
      if (isHeld) this.#giveBack();
      isHeld = false;
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#waitingMax) throw this.#tooMany();
    const {promise, resolve, reject} = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#waiting.delete(proceed);
      reject(signal.reason);
    };
    const proceed = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    signal.addEventListener('abort', onAbort, {once: true});
    this.#waiting.add(proceed);
    return promise;
  }

  /** The place goes straight to the next in line. */
  #giveBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
