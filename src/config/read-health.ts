import {type HealthSettings, healthDefaults} from '../core/health/settings.ts';
import {parseDurationMs} from '../core/time.ts';
import type {HealthFile} from './config-file.ts';

/** The `health` section over the defaults, durations in milliseconds. */
export function readHealth(file: HealthFile): HealthSettings {
  const ms = (text: string | undefined, key: string, fallback: number) =>
    text === undefined ? fallback : parseDurationMs(text, `health.${key}`);
  const {stuckAfter, flapping, crashLoop} = file;
  const base = healthDefaults;
  return {
    checkEveryMs: ms(file.checkEvery, 'checkEvery', base.checkEveryMs),
    heartbeatFreshMs: ms(file.heartbeatFresh, 'heartbeatFresh', base.heartbeatFreshMs),
    probeTimeoutMs: ms(file.probeTimeout, 'probeTimeout', base.probeTimeoutMs),
    backOffFirstMs: ms(file.backOffFirst, 'backOffFirst', base.backOffFirstMs),
    backOffMaxMs: ms(file.backOffMax, 'backOffMax', base.backOffMaxMs),
    workerDeadAfterMs: ms(file.workerDeadAfter, 'workerDeadAfter', base.workerDeadAfterMs),
    wedgedAfterMs: ms(file.wedgedAfter, 'wedgedAfter', base.wedgedAfterMs),
    stuckAfterMs: {
      booting: ms(stuckAfter?.booting, 'stuckAfter.booting', base.stuckAfterMs.booting),
      installing: ms(stuckAfter?.installing, 'stuckAfter.installing', base.stuckAfterMs.installing),
      starting: ms(stuckAfter?.starting, 'stuckAfter.starting', base.stuckAfterMs.starting),
    },
    recoverAfterMs: ms(file.recoverAfter, 'recoverAfter', base.recoverAfterMs),
    autoReinstall: file.autoReinstall ?? base.autoReinstall,
    reinstallsMax: file.reinstallsMax ?? base.reinstallsMax,
    breakerFailuresMax: file.breakerFailuresMax ?? base.breakerFailuresMax,
    flapping: {
      deathsMax: flapping?.deathsMax ?? base.flapping.deathsMax,
      windowMs: ms(flapping?.window, 'flapping.window', base.flapping.windowMs),
      stableMs: ms(flapping?.stable, 'flapping.stable', base.flapping.stableMs),
    },
    crashLoop: {
      restartsMax: crashLoop?.restartsMax ?? base.crashLoop.restartsMax,
      windowMs: ms(crashLoop?.window, 'crashLoop.window', base.crashLoop.windowMs),
    },
    logSuccessEveryMs: ms(file.logSuccessEvery, 'logSuccessEvery', base.logSuccessEveryMs),
    logFailureEveryMs: ms(file.logFailureEvery, 'logFailureEvery', base.logFailureEveryMs),
  };
}
