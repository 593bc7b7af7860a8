import type {EpochMs} from '../time.ts';

/** What is remembered of an instance from one check to the next; kept as JSON. Every list is bounded. */
export interface HealthMemory {
  readonly nextCheckAtMs: EpochMs;
  readonly failures: number;
  readonly lastOkAtMs: EpochMs | null;
  /** When the present run of good checks began. */
  readonly okSinceMs: EpochMs | null;
  /** The engine's token counters as last read, prompt and generated together. */
  readonly tokens: number | null;
  /** Since when requests run without a token; null when tokens move, nothing runs, or nobody can tell. */
  readonly standstillSinceMs: EpochMs | null;
  /** The counters when it was declared wedged; null unless it was. */
  readonly wedgedAtTokens: number | null;
  readonly deathsAtMs: readonly EpochMs[];
  readonly engineStartsAtMs: readonly EpochMs[];
  readonly reinstallsAtMs: readonly EpochMs[];
  readonly revivalsAtMs: readonly EpochMs[];
  /** How far a start has come, as a text that changes with every advance, and when it last changed. */
  readonly advance: {readonly mark: string; readonly atMs: EpochMs} | null;
  readonly stuckSinceMs: EpochMs | null;
  /** The machine as it was last looked at before a recovery. */
  readonly look: MachineLook | null;
  /** What runs there, as the agent says. */
  readonly agent: {readonly version: string; readonly sha256: string} | null;
}

export interface MachineLook {
  readonly atMs: EpochMs;
  /** Null: could not be told. */
  readonly engineAlive: boolean | null;
  /** Changes when the engine's log has grown; null when nothing could be read. */
  readonly logMark: string | null;
}

export const freshMemory: HealthMemory = {
  nextCheckAtMs: 0,
  failures: 0,
  lastOkAtMs: null,
  okSinceMs: null,
  tokens: null,
  standstillSinceMs: null,
  wedgedAtTokens: null,
  deathsAtMs: [],
  engineStartsAtMs: [],
  reinstallsAtMs: [],
  revivalsAtMs: [],
  advance: null,
  stuckSinceMs: null,
  look: null,
  agent: null,
};

const timesKeptMax = 20;

export function remember(times: readonly EpochMs[], atMs: EpochMs): readonly EpochMs[] {
  return [...times, atMs].slice(-timesKeptMax);
}

export function countSince(times: readonly EpochMs[], sinceMs: EpochMs): number {
  return times.filter(atMs => atMs >= sinceMs).length;
}
