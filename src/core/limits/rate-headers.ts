import {minuteMs, secondMs} from '../time.ts';
import type {Allowance} from './rate-limit.ts';

/** `x-ratelimit-*` of the tightest limits, with the names and the spelling that OpenAI's clients know. */
export function rateHeaders(tightest: {
  requests: Allowance | null;
  tokens: Allowance | null;
}): Readonly<Record<string, string>> {
  return {...headersOf('requests', tightest.requests), ...headersOf('tokens', tightest.tokens)};
}

/** The one with the least left; of equals, the one that stays so longest. */
export function tighter(a: Allowance | null, b: Allowance | null): Allowance | null {
  if (a === null || b === null) return a ?? b;
  if (a.remaining !== b.remaining) return a.remaining < b.remaining ? a : b;
  return a.resetMs >= b.resetMs ? a : b;
}

function headersOf(what: 'requests' | 'tokens', allowance: Allowance | null): Record<string, string> {
  if (allowance === null) return {};
  const {limit, remaining, resetMs} = allowance;
  return {
    [`x-ratelimit-limit-${what}`]: String(limit),
    [`x-ratelimit-remaining-${what}`]: String(remaining),
    [`x-ratelimit-reset-${what}`]: durationText(resetMs),
  };
}

/** `20ms`, `7.66s`, `1m0s`: as OpenAI writes it. */
function durationText(ms: number): string {
  if (ms < secondMs) return `${ms}ms`;
  if (ms < minuteMs) return `${ms / secondMs}s`;
  return `${Math.floor(ms / minuteMs)}m${(ms % minuteMs) / secondMs}s`;
}
