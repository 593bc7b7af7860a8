import {eurDecimal, eurNanos} from '../money.ts';
import {isoTime} from '../time.ts';
import type {UsageRecord} from './usage.ts';

/** One line of the ledger as it is exported: stable names, times in ISO 8601, the amount as an integer and in euros. */
const fields = {
  request_id: ({requestId}) => requestId,
  started_at: ({startedAtMs}) => isoTime(startedAtMs),
  finished_at: ({finishedAtMs}) => isoTime(finishedAtMs),
  organization_id: ({organizationId}) => organizationId,
  key_id: ({keyId}) => keyId,
  user_id: ({userId}) => userId,
  model: ({modelHfId}) => modelHfId,
  instance_id: ({instanceId}) => instanceId,
  endpoint: ({endpoint}) => endpoint,
  streamed: ({streamed}) => streamed,
  outcome: ({outcome}) => outcome,
  http_status: ({httpStatus}) => httpStatus,
  attempts: ({attempts}) => attempts,
  first_token_ms: ({firstTokenMs}) => firstTokenMs,
  prompt_tokens: ({promptTokens}) => promptTokens,
  cached_prompt_tokens: ({cachedPromptTokens}) => cachedPromptTokens,
  completion_tokens: ({completionTokens}) => completionTokens,
  reasoning_tokens: ({reasoningTokens}) => reasoningTokens,
  audio_ms: ({audioMs}) => audioMs,
  estimated: ({estimated}) => estimated,
  price_id: ({priceId}) => priceId,
  amount_nanos: ({amountNanos}) => amountNanos,
  amount_eur: ({amountNanos}) => eurDecimal(eurNanos(amountNanos)),
} as const satisfies Record<string, (record: UsageRecord) => Cell>;

type Cell = string | number | boolean | null;

const names = Object.keys(fields);
const lineEnd = '\r\n';

/** RFC 4180, with its line end. */
export const csvHeader = `${names.join(',')}${lineEnd}`;

export function csvLine(record: UsageRecord): string {
  return `${Object.values(fields)
    .map(read => csvCell(read(record)))
    .join(',')}${lineEnd}`;
}

/** The same names and values as an object. */
export function exportedLine(record: UsageRecord): Record<string, Cell> {
  return Object.fromEntries(Object.entries(fields).map(([name, read]) => [name, read(record)]));
}

/**
 * Nothing for null. A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers, below zero
 * too, stay numbers.
 */
export function csvCell(value: Cell): string {
  if (value === null) return '';
  const text = typeof value === 'string' && isFormula(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isFormula(text: string): boolean {
  return /^[=+\-@\t\r\n|%]/.test(text) && !/^-?\d+(?:\.\d+)?$/.test(text);
}
