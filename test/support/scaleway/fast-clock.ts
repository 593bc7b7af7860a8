import {setTimeout as sleepMs} from 'node:timers/promises';
import type {Clock} from '../../../src/ports/clock.ts';
import {ControllableClock} from '../fake-scaleway/clock.ts';

/** Time that runs `speed` times as fast as it does since `sinceMs`: the same in every process that is given both. */
export interface FastTime {
  readonly sinceMs: number;
  readonly speed: number;
}

export function fastClock({sinceMs, speed}: FastTime): Clock {
  return {
    nowMs: () => Math.floor(sinceMs + (Date.now() - sinceMs) * speed),
    sleep: async (durationMs, signal) => {
      if (durationMs <= 0 || signal?.aborted) return;
      await sleepMs(durationMs / speed, undefined, signal === undefined ? {} : {signal}).catch(() => undefined);
    },
  };
}

/** The same time for a fake account. */
export function fastCloudClock({sinceMs, speed}: FastTime): ControllableClock {
  const clock = new ControllableClock({startAtMs: sinceMs, realNowMs: () => Date.now(), speed});
  const lateMs = Date.now() - sinceMs;
  clock.advance(lateMs * speed);
  return clock;
}
