import {eurNanos, formatEur} from '../core/money.ts';
import {type EpochMs, formatAgo} from '../core/time.ts';

/** `€0.7500/h`: prices keep four decimals so that columns of them line up. */
export function pricePerHourText(nanos: number): string {
  return `${formatEur(eurNanos(Math.round(nanos)), {min: 4, max: 4})}/h`;
}

/** What was spent: four decimals below ten euros, two above. */
export function costText(nanos: number): string {
  const digits = Math.abs(nanos) < 10_000_000_000 ? 4 : 2;
  return formatEur(eurNanos(Math.round(nanos)), {min: digits, max: digits});
}

export function pricePerMonthText(nanos: number): string {
  return `${formatEur(eurNanos(Math.round(nanos)), {min: 2, max: 2})}/month`;
}

export function bytesText(bytes: number): string {
  if (bytes >= 1e12) return `${trimmed(bytes / 1e12)} TB`;
  if (bytes >= 1e9) return `${trimmed(bytes / 1e9)} GB`;
  if (bytes >= 1e6) return `${trimmed(bytes / 1e6)} MB`;
  if (bytes >= 1e3) return `${trimmed(bytes / 1e3)} kB`;
  return `${bytes} B`;
}

/** 131072 as `131 072`: grouping that no locale changes. */
export function countText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** `3m ago`; the dash for what has not happened. */
export function agoText(iso: string | null, nowMs: EpochMs, dash = '–'): string {
  return iso === null ? dash : formatAgo(Date.parse(iso), nowMs);
}

/** `in 3d`, or `3m ago` once it is past. */
export function untilText(iso: string | null, nowMs: EpochMs, never = 'never'): string {
  if (iso === null) return never;
  const atMs = Date.parse(iso);
  return atMs > nowMs
    ? `in ${formatAgo(nowMs - (atMs - nowMs), nowMs)
        .replace(' ago', '')
        .replace('just now', '5s')}`
    : formatAgo(atMs, nowMs);
}

/** `14:03:22`, in UTC as everything in the store, for log lines. */
export function clockText(iso: string | null): string {
  return iso === null ? '--:--:--' : iso.slice(11, 19);
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(value < 10 ? 2 : 1)));
}
