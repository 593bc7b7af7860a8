import {InventivError} from '../core/errors.ts';
import {parseDurationMs} from '../core/time.ts';

/** `--since`: an ISO 8601 time, or how long ago (`90s`, `10m`, `2h`, `1d`), as an ISO time in UTC. */
export function sinceOf(given: string | undefined, nowMs: number): string | null {
  if (given === undefined) return null;
  const atMs = /^\d+(?:ms|s|m|h|d)/.test(given) ? nowMs - parseDurationMs(given, '--since') : isoMs(given);
  if (atMs === null) {
    throw new InventivError('invalid_input', `--since: expected a time, got "${given.slice(0, 40)}".`, {
      hint: 'Write 2026-11-23T10:00:00Z, or how long ago: 10m, 2h, 1d.',
      param: 'since',
    });
  }

  return new Date(atMs).toISOString();
}

function isoMs(given: string): number | null {
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d)?/.test(given)) return null;
  const atMs = Date.parse(given);
  return Number.isNaN(atMs) ? null : atMs;
}
