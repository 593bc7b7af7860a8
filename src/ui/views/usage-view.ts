import {costText, countText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import type {UsageShape} from '../shapes.ts';
import {type Column, renderTable} from '../table.ts';
import {printableLine} from '../text.ts';

export function renderUsage(usage: UsageShape, period: string, screen: Screen): string {
  const cached = usage.cachedPromptTokens === 0 ? '' : ` (${countText(usage.cachedPromptTokens)} from cache)`;
  const reasoning = usage.reasoningTokens === 0 ? '' : ` (${countText(usage.reasoningTokens)} of reasoning)`;
  return [
    heading(`Usage, ${period}`, screen),
    '',
    ...renderFacts(
      [
        ['requests', countText(usage.requests)],
        ['cancelled', usage.cancelled === 0 ? null : countText(usage.cancelled)],
        ['failed', usage.failed === 0 ? null : countText(usage.failed)],
        ['tokens in', `${countText(usage.promptTokens)}${cached}`],
        ['tokens out', `${countText(usage.completionTokens)}${reasoning}`],
        ['audio', usage.audioMs === 0 ? null : `${countText(Math.round(usage.audioMs / 1000))} s`],
        ['estimated', usage.estimated === 0 ? null : `${countText(usage.estimated)} requests`],
        ['amount', costText(usage.amountNanos)],
      ],
      screen,
    ),
  ].join('\n');
}

export interface UsageGroupShape {
  readonly name: string;
  readonly totals: UsageShape;
}

export function renderUsageBy(by: string, groups: readonly UsageGroupShape[], period: string, screen: Screen): string {
  if (groups.length === 0) return `No usage, ${period}.`;
  const count = (read: (usage: UsageShape) => number) => (row: UsageGroupShape) => countText(read(row.totals));
  const columns: Column<UsageGroupShape>[] = [
    {
      key: by,
      title: by.toUpperCase(),
      text: row => printableLine(row.name),
      paint: screen.style.bold,
      minColumns: 12,
      cut: 'path',
    },
    {key: 'requests', title: 'REQUESTS', text: count(usage => usage.requests), align: 'right'},
    {key: 'in', title: 'TOKENS IN', text: count(usage => usage.promptTokens), align: 'right'},
    {key: 'cached', title: 'CACHED', text: count(usage => usage.cachedPromptTokens), align: 'right', leaves: 2},
    {key: 'out', title: 'TOKENS OUT', text: count(usage => usage.completionTokens), align: 'right'},
    {key: 'failed', title: 'FAILED', text: count(usage => usage.failed), align: 'right', leaves: 3},
    {key: 'amount', title: 'AMOUNT', text: row => costText(row.totals.amountNanos), align: 'right'},
  ];
  return [heading(`Usage by ${by}, ${period}`, screen), '', renderTable(groups, columns, screen)].join('\n');
}
