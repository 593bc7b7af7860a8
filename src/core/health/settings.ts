import {hourMs, minuteMs, secondMs} from '../time.ts';

/** When checks are made, and what follows from them. All of it can be configured. */
export interface HealthSettings {
  /** A good answer is believed this long before the worker is asked again. Below `heartbeatFreshMs`. */
  readonly checkEveryMs: number;
  /** A heartbeat younger than this says more than a probe. */
  readonly heartbeatFreshMs: number;
  readonly probeTimeoutMs: number;
  /** Pause after the first failed check; doubles up to the second figure. */
  readonly backOffFirstMs: number;
  readonly backOffMaxMs: number;
  /** Without heartbeat and answer for this long, a worker is dead. */
  readonly workerDeadAfterMs: number;
  /** Requests run and no token moved for this long: wedged. Longer than the longest prefill. */
  readonly wedgedAfterMs: number;
  /** No progress for this long while starting: stuck. */
  readonly stuckAfterMs: {readonly booting: number; readonly installing: number; readonly starting: number};
  /** From the alert of a stuck start, and between two looks at a dead worker's log, to recovery. */
  readonly recoverAfterMs: number;
  /** Whether dead and stuck workers are reinstalled without being asked. */
  readonly autoReinstall: boolean;
  /** In a day; then the breaker opens. */
  readonly reinstallsMax: number;
  /** Failed checks in a row that open the breaker. */
  readonly breakerFailuresMax: number;
  /** This many deaths within the window make a worker flap; it must then be well for `stableMs` before it is ready again. */
  readonly flapping: {readonly deathsMax: number; readonly windowMs: number; readonly stableMs: number};
  /** This many starts of the engine within the window are a crash loop. */
  readonly crashLoop: {readonly restartsMax: number; readonly windowMs: number};
  /** One line per instance in this time. */
  readonly logSuccessEveryMs: number;
  readonly logFailureEveryMs: number;
}

export const healthDefaults: HealthSettings = {
  checkEveryMs: 20 * secondMs,
  heartbeatFreshMs: 30 * secondMs,
  probeTimeoutMs: 5 * secondMs,
  backOffFirstMs: 5 * secondMs,
  backOffMaxMs: minuteMs,
  workerDeadAfterMs: 5 * minuteMs,
  wedgedAfterMs: 3 * minuteMs,
  stuckAfterMs: {booting: 10 * minuteMs, installing: 15 * minuteMs, starting: 15 * minuteMs},
  recoverAfterMs: 2 * minuteMs,
  autoReinstall: false,
  reinstallsMax: 3,
  breakerFailuresMax: 60,
  flapping: {deathsMax: 3, windowMs: hourMs, stableMs: 5 * minuteMs},
  crashLoop: {restartsMax: 3, windowMs: 15 * minuteMs},
  logSuccessEveryMs: 5 * minuteMs,
  logFailureEveryMs: minuteMs,
};
