import {InventivError} from './errors.ts';

/** Milliseconds since the Unix epoch, always an integer. */
export type EpochMs = number;

export const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

const unitMs: Record<string, number> = {ms: 1, s: secondMs, m: minuteMs, h: hourMs, d: dayMs};
const durationMaxChars = 32;

/** Parses `90s`, `30m`, `1h30m`, `2d`; the flag name is used in the error. */
export function parseDurationMs(text: string, flag: string): number {
  const trimmed = text.trim().slice(0, durationMaxChars + 1);
  if (!/^(\d+(ms|s|m|h|d))+$/.test(trimmed) || trimmed.length > durationMaxChars) {
    throw new InventivError(
      'invalid_input',
      `${flag}: expected a duration, got "${trimmed.slice(0, durationMaxChars)}".`,
      {
        hint: `Write it as a number with a unit, for example ${flag} 90s, 30m or 1h30m.`,
        param: flag,
      },
    );
  }

  let totalMs = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  }

  return totalMs;
}

/** `850ms`, `7.2s`, `3m 05s`, `2h 10m`, `4d 3h`: two units at most, for people. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < secondMs) return `${ms}ms`;
  if (ms < 10 * secondMs) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)}s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)}m ${pad(Math.floor((ms % minuteMs) / secondMs))}s`;
  if (ms < dayMs) return `${Math.floor(ms / hourMs)}h ${pad(Math.floor((ms % hourMs) / minuteMs))}m`;
  return `${Math.floor(ms / dayMs)}d ${Math.floor((ms % dayMs) / hourMs)}h`;
}

/** `3m ago`, `just now`; for tables read by people. */
export function formatAgo(atMs: EpochMs, nowMs: EpochMs): string {
  const ageMs = nowMs - atMs;
  if (ageMs < 5 * secondMs) return 'just now';
  if (ageMs < minuteMs) return `${Math.floor(ageMs / secondMs)}s ago`;
  if (ageMs < hourMs) return `${Math.floor(ageMs / minuteMs)}m ago`;
  if (ageMs < dayMs) return `${Math.floor(ageMs / hourMs)}h ago`;
  return `${Math.floor(ageMs / dayMs)}d ago`;
}

export function isoTime(atMs: EpochMs): string {
  return new Date(atMs).toISOString();
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

export function isoTimeOrNull(atMs: EpochMs | null): string | null {
  return atMs === null ? null : isoTime(atMs);
}
