import {costText, countText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import type {UsageShape} from '../shapes.ts';

export function renderUsage(usage: UsageShape, period: string, screen: Screen): string {
  const cached = usage.cachedPromptTokens === 0 ? '' : ` (${countText(usage.cachedPromptTokens)} from cache)`;
  return [
    heading(`Usage, ${period}`, screen),
    '',
    ...renderFacts(
      [
        ['requests', countText(usage.requests)],
        ['cancelled', usage.cancelled === 0 ? null : countText(usage.cancelled)],
        ['failed', usage.failed === 0 ? null : countText(usage.failed)],
        ['tokens in', `${countText(usage.promptTokens)}${cached}`],
        ['tokens out', countText(usage.completionTokens)],
        ['amount', costText(usage.amountNanos)],
      ],
      screen,
    ),
  ].join('\n');
}
