import type {EpochMs} from '../core/time.ts';

/** Time, injected. `sleep` resolves early (it does not throw) when the signal aborts; the caller checks the signal. */
export interface Clock {
  nowMs(): EpochMs;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
