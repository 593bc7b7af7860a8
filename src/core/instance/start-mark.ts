import type {JsonValue} from './action.ts';

/** How far the start of an engine has come, as its agent reads it from the log (vLLM contract, section 8). */
export interface StartMark {
  /** Engines that answer already, of several. */
  readonly enginesUp: number;
  /** Of the slowest engine. */
  readonly phase: string;
  /** Percent inside the phase; null where the log tells none. */
  readonly progress: number | null;
  /** In words: `2 of 4 shards`. */
  readonly detail: string | null;
  /** Starts of its process, 1 for the first. */
  readonly attempt: number;
}

/** In their order, with what a person reads. The agent names the same ones. */
const phaseWords: Readonly<Record<string, string>> = {
  waiting: 'starting the engine',
  boot: 'engine starting',
  config: 'reading the model config',
  download: 'downloading weights',
  init_gpu: 'setting up the GPUs',
  load: 'loading weights',
  loaded: 'weights loaded',
  compile: 'compiling',
  kv: 'sizing the KV cache',
  graphs: 'capturing CUDA graphs',
  engine_up: 'engine up',
  serving: 'engine serving',
};
export const startPhases: readonly string[] = Object.keys(phaseWords);

/** From this start on, an engine that never came to serve is in a crash loop. */
const crashLoopAttempts = 3;

/**
 * Whether this is further than ever before: more engines, a later phase, a higher percentage or other figures in the same
 * one. Doing again what an earlier attempt did is no advance, or a crash loop would go on for ever.
 */
export function hasAdvanced(furthest: StartMark | null, now: StartMark): boolean {
  if (furthest === null) return true;
  const order = (mark: StartMark) => [mark.enginesUp, startPhases.indexOf(mark.phase), mark.progress ?? -1] as const;
  const [before, after] = [order(furthest), order(now)];
  const difference = after.findIndex((value, index) => value !== before[index]);
  if (difference >= 0) return (after[difference] ?? 0) > (before[difference] ?? 0);
  return now.attempt === furthest.attempt && now.detail !== furthest.detail;
}

export function isCrashLoop({attempt, phase}: StartMark): boolean {
  return attempt >= crashLoopAttempts && phase !== 'serving';
}

/** `loading weights 50 % (2 of 4 shards)`, with the attempt when it is not the first. */
export function describeMark({phase, progress, detail, attempt}: StartMark): string {
  const percent = progress === null ? '' : ` ${Math.round(progress)} %`;
  const figures = detail === null ? '' : ` (${detail})`;
  return `${phaseWords[phase] ?? phase}${percent}${figures}${attempt > 1 ? `, start ${attempt}` : ''}`;
}

/** As it is kept in an action's metadata, where it outlives the process that saw it. */
export function markOf(value: JsonValue | undefined): StartMark | null {
  return isMark(value) ? value : null;
}

function isMark(value: JsonValue | undefined): value is JsonValue & StartMark {
  return (
    typeof value === 'object' &&
    value !== null &&
    'enginesUp' in value &&
    typeof value.enginesUp === 'number' &&
    typeof value.phase === 'string' &&
    typeof value.attempt === 'number'
  );
}
