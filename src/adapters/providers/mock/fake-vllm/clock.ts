/**
 * Time as the engine sees it. Milliseconds may have a fraction: inter-token delays are often below 1 ms.
 * Tests pass a clock that they move by hand.
 */
export interface EngineClock {
  /** Milliseconds since the Unix epoch, never going back. */
  nowMs(): number;
  /** Calls back once, after at least `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

export function systemClock(): EngineClock {
  return {
    nowMs: () => performance.timeOrigin + performance.now(),
    after(delayMs, callback) {
      // setTimeout rounds up to 1 ms; a delay of nothing must not cost a millisecond per token.
      if (delayMs <= 0) {
        const immediate = setImmediate(callback);
        return () => clearImmediate(immediate);
      }
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** A wait that `signal` can end early; never rejects. */
export function pause(clock: EngineClock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const cancel = clock.after(delayMs, resolve);
    signal?.addEventListener(
      'abort',
      () => {
        cancel();
        resolve();
      },
      {once: true},
    );
  });
}
