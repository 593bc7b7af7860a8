import {costText, countText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import type {UsageShape} from '../shapes.ts';

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
