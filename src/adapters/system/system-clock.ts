import type {Clock} from '../../ports/clock.ts';

/** Longest delay a Node timer takes; longer sleeps are cut into pieces. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export function systemClock(): Clock {
  return {nowMs: () => Date.now(), sleep};
}

async function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  for (let restMs = durationMs; restMs > 0 && !signal?.aborted; restMs -= TIMER_MAX_MS) {
    await wait(Math.min(restMs, TIMER_MAX_MS), signal);
  }
}

function wait(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };

    const timer = setTimeout(wake, durationMs);
    signal?.addEventListener('abort', wake, {once: true});
  });
}
