import {agoText, countText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {printableLine} from '../text.ts';

export interface RateLimitShape {
  readonly id: string;
  readonly key: {readonly id: string; readonly name: string} | null;
  readonly model: string | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
  readonly updatedAt: string;
}

export const rateLimitColumnKeys = ['key', 'model', 'requests', 'tokens', 'concurrent', 'set', 'id'] as const;

export function renderRateLimits(
  limits: readonly RateLimitShape[],
  screen: Screen,
  wanted?: readonly string[],
): string {
  if (limits.length === 0) return 'No rate limits. Set one:  inventiv rate-limits set --requests 600';
  return renderTable(limits, columns(screen), screen, wanted);
}

export function renderRateLimitSet(limit: RateLimitShape, screen: Screen): string {
  return `${screen.style.green(screen.symbols.done)} ${whose(limit)}: ${ratesText(limit)}`;
}

export function renderRateLimitUnset(limit: RateLimitShape, screen: Screen): string {
  return `${screen.style.green(screen.symbols.done)} No more limit for ${whose(limit)} (it was ${ratesText(limit)})`;
}

function columns({nowMs, style, symbols}: Screen): Column<RateLimitShape>[] {
  const count = (value: number | null) => (value === null ? symbols.dash : countText(value));
  return [
    {key: 'key', title: 'KEY', text: row => printableLine(row.key?.name ?? 'any'), paint: style.bold, minColumns: 8},
    {key: 'model', title: 'MODEL', text: row => printableLine(row.model ?? 'any'), minColumns: 10, cut: 'path'},
    {key: 'requests', title: 'REQUESTS/MIN', text: row => count(row.requestsPerMinute), align: 'right'},
    {key: 'tokens', title: 'TOKENS/MIN', text: row => count(row.tokensPerMinute), align: 'right'},
    {key: 'concurrent', title: 'AT ONCE', text: row => count(row.concurrency), align: 'right'},
    {key: 'set', title: 'SET', text: row => agoText(row.updatedAt, nowMs), leaves: 1},
    {key: 'id', title: 'ID', text: row => row.id, optional: true},
  ];
}

function whose({key, model}: RateLimitShape): string {
  const parts = [
    key === null ? null : `key ${printableLine(key.name)}`,
    model === null ? null : `model ${printableLine(model)}`,
  ];
  return parts.filter(part => part !== null).join(' with ') || 'the organization';
}

function ratesText({requestsPerMinute, tokensPerMinute, concurrency}: RateLimitShape): string {
  const parts = [
    requestsPerMinute === null ? null : `${countText(requestsPerMinute)} requests per minute`,
    tokensPerMinute === null ? null : `${countText(tokensPerMinute)} tokens per minute`,
    concurrency === null ? null : `${countText(concurrency)} at once`,
  ];
  return parts.filter(part => part !== null).join(', ');
}
