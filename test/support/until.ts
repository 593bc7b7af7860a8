import {setTimeout as sleepMs} from 'node:timers/promises';

const pollMs = 10;

/** Polls until the answer is neither null, undefined nor false, and gives it. A failed wait says what was waited for. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<Exclude<Awaited<T>, null | undefined | false>> {
  const giveUpAtMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) {
      return answer as Exclude<Awaited<T>, null | undefined | false>;
    }

    if (performance.now() > giveUpAtMs) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleepMs(pollMs);
  }
}
