import {custom, integer} from '@oclif/core/flags';
import {InventivError} from '../core/errors.ts';
import {parseEur} from '../core/money.ts';
import {didYouMean} from '../core/near-names.ts';
import {parseDurationMs} from '../core/time.ts';

/** A duration such as `30m`, in milliseconds. `name` is the flag's own, for its error. */
export function durationFlag(name: string, description: string) {
  return custom<number>({
    description,
    helpValue: '30m',
    parse: async text => parseDurationMs(text, `--${name}`),
  })();
}

/** An amount such as `20EUR`, in nano-euros; more than nothing. */
export function moneyFlag(name: string, description: string) {
  return custom<number>({
    description,
    helpValue: '20EUR',
    parse: async text => parseMoney(text, `--${name}`),
  })();
}

export function parseMoney(text: string, flag: string): number {
  const amount = /^(?:€\s*)?(\d[\d.]*)(?:\s*(?:eur|€))?$/i.exec(text.trim())?.[1];
  const parsed = parseEur(amount ?? '');
  if (parsed.ok && parsed.nanos > 0) return parsed.nanos;
  throw new InventivError(
    'invalid_input',
    `${flag}: expected an amount in euros above zero, such as 20EUR or 0.50, got "${text.slice(0, 40)}".`,
    {hint: `For example: ${flag} 20EUR`, param: flag},
  );
}

/** Like `parseMoney`, but nothing is an amount too. */
export function parseAmount(text: string, flag: string): number {
  return /^(?:€\s*)?0+(?:\.0*)?\s*(?:eur|€)?$/i.test(text.trim()) ? 0 : parseMoney(text, flag);
}

/** A moment to come, written as a date: `2027-01-01` begins at midnight UTC. */
export function parseStart(text: string, flag: string): number {
  const atMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new InventivError('invalid_input', `${flag}: expected a date, got "${text.slice(0, 40)}".`, {
    hint: `For example: ${flag} 2027-01-01T00:00:00Z`,
    param: flag,
  });
}

/** `--columns name,state`: in that order, by the keys of the table. */
export function columnsFlag(keys: readonly string[]) {
  return custom<string[]>({
    description: `columns to show, in order: ${keys.join(', ')}`,
    helpValue: 'a,b',
    parse: async text => parseColumns(text, keys),
  })();
}

export function parseColumns(text: string, keys: readonly string[]): string[] {
  const wanted = text
    .split(',')
    .map(key => key.trim().toLowerCase())
    .filter(key => key !== '');
  const unknown = wanted.find(key => !keys.includes(key));
  if (unknown !== undefined || wanted.length === 0) {
    throw new InventivError(
      'invalid_input',
      `--columns: ${unknown === undefined ? 'expected at least one column' : `unknown column "${unknown.slice(0, 40)}"`}`,
      {
        hint: `${unknown === undefined ? '' : `${didYouMean(unknown, keys) ?? ''} `}Columns: ${keys.join(', ')}`.trim(),
        param: '--columns',
      },
    );
  }

  return wanted;
}

/** A moment: ISO 8601, or a duration that means "that long ago". */
export function momentFlag(name: string, description: string, now: () => number = Date.now) {
  return custom<number>({
    description,
    helpValue: '7d',
    parse: async text => parseMoment(text, `--${name}`, now()),
  })();
}

export function parseMoment(text: string, flag: string, nowMs: number): number {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const atMs = Date.parse(text);
    if (!Number.isNaN(atMs)) return atMs;
  }

  try {
    return nowMs - parseDurationMs(text, flag);
  } catch (error) {
    throw new InventivError(
      'invalid_input',
      `${flag}: expected a date such as 2026-01-31 or a duration such as 7d, got "${text.slice(0, 40)}".`,
      {param: flag, cause: error},
    );
  }
}

export const adminPortFlag = integer({
  description: 'admin port of the running server, where it is not the configured one',
  min: 1,
  max: 65_535,
});
