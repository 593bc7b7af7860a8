import type {Instance} from '../instance/instance.ts';
import {type EpochMs, formatDuration} from '../time.ts';
import {countSince, type HealthMemory, remember} from './memory.ts';
import type {HealthSettings} from './settings.ts';

/** What one look at a worker that should be answering showed. */
export interface WorkerSigns {
  /** A fresh heartbeat, or an engine that says it is healthy. */
  readonly isAlive: boolean;
  /** When it was alive: a heartbeat tells of the past. */
  readonly seenAtMs: EpochMs;
  /** Null where nobody could tell, which is not zero. */
  readonly running: number | null;
  readonly tokens: number | null;
  readonly agent: {readonly version: string; readonly sha256: string} | null;
  /** A request made to see whether a wedged engine answers again; null when none was made. */
  readonly warmUpAnswered: boolean | null;
}

export interface WorkerVerdict {
  readonly memory: HealthMemory;
  /**
   * dead, wedged: leaves `ready`; recovered: goes back to it; held: answers, but died too often to be trusted yet, or is
   * still wedged; tripped: too many failures, to be left alone.
   */
  readonly verdict: 'healthy' | 'silent' | 'dead' | 'wedged' | 'held' | 'recovered' | 'tripped';
  readonly reason: string;
}

type Judged = Pick<Instance, 'state' | 'stateSinceMs' | 'readyAtMs' | 'lastSeenAtMs'>;

/** One look at a `ready` or `worker_dead` instance, folded into what was known. */
export function judgeWorker(
  instance: Judged,
  before: HealthMemory,
  signs: WorkerSigns,
  settings: HealthSettings,
  nowMs: EpochMs,
): WorkerVerdict {
  return signs.isAlive
    ? judgeAnswer(instance, foldSigns(before, signs, settings, nowMs), signs, settings, nowMs)
    : judgeSilence(instance, before, settings, nowMs);
}

function judgeSilence(instance: Judged, before: HealthMemory, settings: HealthSettings, nowMs: EpochMs): WorkerVerdict {
  const failures = before.failures + 1;
  const lastSeenMs = Math.max(
    instance.lastSeenAtMs ?? 0,
    before.lastOkAtMs ?? 0,
    instance.state === 'ready' ? (instance.readyAtMs ?? 0) : instance.stateSinceMs,
  );
  const silentMs = nowMs - lastSeenMs;
  const isDead = instance.state === 'ready' && silentMs >= settings.workerDeadAfterMs;
  const untilDeadMs =
    instance.state === 'ready' && !isDead ? settings.workerDeadAfterMs - silentMs : settings.backOffMaxMs;
  const memory: HealthMemory = {
    ...before,
    failures,
    okSinceMs: null,
    standstillSinceMs: null,
    nextCheckAtMs: nowMs + Math.min(backOff(failures, settings), untilDeadMs),
    deathsAtMs: isDead ? remember(before.deathsAtMs, nowMs) : before.deathsAtMs,
  };
  const reason = `no answer for ${formatDuration(silentMs)}`;
  if (isDead) return {memory, verdict: 'dead', reason};
  return failures >= settings.breakerFailuresMax && instance.state === 'worker_dead'
    ? {memory, verdict: 'tripped', reason: `${failures} checks in a row failed`}
    : {memory, verdict: 'silent', reason};
}

function judgeAnswer(
  instance: Judged,
  memory: HealthMemory,
  signs: WorkerSigns,
  settings: HealthSettings,
  nowMs: EpochMs,
): WorkerVerdict {
  if (instance.state === 'ready') {
    const {standstillSinceMs} = memory;
    const stoodMs = standstillSinceMs === null ? 0 : nowMs - standstillSinceMs;
    if (standstillSinceMs === null || stoodMs < settings.wedgedAfterMs) {
      return {memory, verdict: 'healthy', reason: 'it answers'};
    }

    return {
      memory: {...memory, wedgedAtTokens: memory.tokens ?? 0, deathsAtMs: remember(memory.deathsAtMs, nowMs)},
      verdict: 'wedged',
      reason: `wedged: requests run and no token moved for ${formatDuration(stoodMs)}`,
    };
  }

  if (memory.wedgedAtTokens !== null && signs.warmUpAnswered !== true && memory.tokens === memory.wedgedAtTokens) {
    return {memory, verdict: 'held', reason: 'still wedged: no token has moved'};
  }

  const stableMs = holdMs(memory, settings, nowMs);
  const wellMs = nowMs - (memory.okSinceMs ?? nowMs);
  if (wellMs < stableMs) {
    const left = formatDuration(stableMs - wellMs);
    return {memory, verdict: 'held', reason: `it died too often: must be well for another ${left}`};
  }

  return {
    memory: {...memory, wedgedAtTokens: null, standstillSinceMs: null, look: null},
    verdict: 'recovered',
    reason: 'the worker answers again',
  };
}

/** A token counter that stands still while requests run begins a standstill; one that went down is a new engine. */
function foldSigns(before: HealthMemory, signs: WorkerSigns, settings: HealthSettings, nowMs: EpochMs): HealthMemory {
  const {running, tokens} = signs;
  const isRestart = tokens !== null && before.tokens !== null && tokens < before.tokens;
  const stands = running !== null && running > 0 && tokens !== null && tokens === before.tokens;
  return {
    ...before,
    failures: 0,
    lastOkAtMs: signs.seenAtMs,
    okSinceMs: before.okSinceMs ?? nowMs,
    nextCheckAtMs: nowMs + settings.checkEveryMs,
    tokens: tokens ?? before.tokens,
    standstillSinceMs: stands ? (before.standstillSinceMs ?? nowMs) : null,
    engineStartsAtMs: isRestart ? remember(before.engineStartsAtMs, nowMs) : before.engineStartsAtMs,
    agent: signs.agent ?? before.agent,
  };
}

/** How long a worker that keeps dying must be well before it is trusted: doubling with every further death. */
function holdMs({deathsAtMs}: HealthMemory, {flapping}: HealthSettings, nowMs: EpochMs): number {
  const deaths = countSince(deathsAtMs, nowMs - flapping.windowMs);
  if (deaths < flapping.deathsMax) return 0;
  return Math.min(flapping.windowMs, flapping.stableMs * 2 ** (deaths - flapping.deathsMax));
}

function backOff(failures: number, settings: HealthSettings): number {
  return Math.min(settings.backOffMaxMs, settings.backOffFirstMs * 2 ** Math.min(failures - 1, 20));
}
