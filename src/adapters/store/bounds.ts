import {InventivError} from '../../core/errors.ts';

/** Most rows that one call returns. Callers page or filter; nothing reads a whole table. */
export const listRowsMax = {
  organizations: 1000,
  members: 10_000,
  keys: 10_000,
  /** The proxy's snapshot, all organizations. */
  usableKeys: 100_000,
  models: 5000,
  /** In force in one organization, and versions of one. */
  prompts: 1000,
  /** The proxy's snapshot, all organizations. */
  promptsInForce: 100_000,
  /** Of one organization. */
  rateLimits: 1000,
  /** The proxy's gate, all organizations. */
  allRateLimits: 100_000,
  instances: 2000,
  actions: 5000,
  resources: 5000,
  sightings: 50_000,
  history: 5000,
  events: 1000,
  usage: 10_000,
  usageGroups: 10_000,
  usagePoints: 50_000,
  prices: 100_000,
  /** Of one organization. */
  budgets: 1000,
  /** The proxy's gate, all organizations. */
  allBudgets: 100_000,
  audit: 10_000,
  alerts: 10_000,
  commands: 1000,
  readyDurations: 1000,
  pruned: 10_000,
} as const;

/** Most bytes of JSON in one metadata, payload or details column. */
export const JSON_COLUMN_MAX_BYTES = 256 * 1024;
/** Samples kept per instance: an hour at one every five seconds. */
export const SAMPLES_KEPT_PER_INSTANCE = 720;
/** Rows in one `insert`: engines bound the number of parameters (SQLite 32766, PostgreSQL 65535). */
export const INSERT_ROWS_MAX = 500;

/** The asked limit, at most `max`; anything but a whole number from 1 up is `invalid_input`. */
export function boundLimit(limit: number, max: number): number {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new InventivError('invalid_input', `limit: expected a whole number from 1 to ${max}, got ${limit}.`, {
      param: 'limit',
    });
  }

  return Math.min(limit, max);
}

export function* chunksOf<Item>(items: readonly Item[], size = INSERT_ROWS_MAX): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) {
    yield items.slice(start, start + size);
  }
}
