import type {EpochMs} from '../time.ts';
import {secondMs} from '../time.ts';
import type {Bucket, Taken} from './bucket.ts';
import {corrected, fullBucket, leftIn, refilled, take, untilFullMs, waitMs} from './bucket.ts';
import type {LimitScope} from './scope.ts';

/** How much may be asked for, by whom. Null: not limited so. At least one is set. */
export interface Rates {
  readonly requestsPerMinute: number | null;
  /** Prompt and completion together. */
  readonly tokensPerMinute: number | null;
  /** Requests at the same time. */
  readonly concurrency: number | null;
}

export interface RateLimit extends LimitScope, Rates {
  readonly id: string;
  readonly updatedAtMs: EpochMs;
}

/** What was used of one limit, as of the last look. */
export interface RateUse {
  readonly requests: Bucket;
  readonly tokens: Bucket;
  readonly running: number;
}

export type RateKind = 'requests' | 'tokens' | 'concurrency';

/** Why a limit does not let a request in. */
export interface Shortage {
  readonly kind: RateKind;
  readonly limit: number;
  /** Null: such a request never fits. */
  readonly waitMs: number | null;
}

/** What a request would take, as far as that is known. */
export interface RateDemand {
  readonly promptTokens: number;
  readonly completionTokensMax: number;
  readonly isOpenEnded: boolean;
}

/** For an answer that only the context bounds: most are shorter, and what is longer is owed at its end. */
const openEndedTokens = 1024;
/** When a running request ends, nobody knows. */
const concurrencyWaitMs = secondMs;

export function unusedRate(nowMs: EpochMs): RateUse {
  return {requests: fullBucket(nowMs), tokens: fullBucket(nowMs), running: 0};
}

/** As of this moment. What is not limited is not counted: a limit that is set later begins with a full minute. */
export function rateAt({requests, tokens, running}: RateUse, limit: Rates, nowMs: EpochMs): RateUse {
  const at = (bucket: Bucket, perMinute: number | null) =>
    perMinute === null ? fullBucket(nowMs) : refilled(bucket, perMinute, nowMs);
  return {
    requests: at(requests, limit.requestsPerMinute),
    tokens: at(tokens, limit.tokensPerMinute),
    running,
  };
}

/** Tokens to hold for a request until its true size is known. */
export function tokensToHold({promptTokens, completionTokensMax, isOpenEnded}: RateDemand, limit: Rates): number {
  if (!isOpenEnded) return promptTokens + completionTokensMax;
  const guess = promptTokens + Math.min(completionTokensMax, openEndedTokens);
  // A guess must not keep out for ever what may well fit.
  return Math.max(promptTokens, Math.min(guess, limit.tokensPerMinute ?? guess));
}

/** The reason that holds longest; null when the request may come in. `use` is of this moment. */
export function shortageOf(use: RateUse, limit: Rates, demand: RateDemand): Shortage | null {
  const {requestsPerMinute, tokensPerMinute, concurrency} = limit;
  const found: Shortage[] = [];
  if (requestsPerMinute !== null)
    found.push({kind: 'requests', limit: requestsPerMinute, waitMs: waitMs(use.requests, requestsPerMinute, 1)});
  if (tokensPerMinute !== null) {
    const wait = waitMs(use.tokens, tokensPerMinute, tokensToHold(demand, limit));
    found.push({kind: 'tokens', limit: tokensPerMinute, waitMs: wait});
  }

  if (concurrency !== null)
    found.push({kind: 'concurrency', limit: concurrency, waitMs: use.running < concurrency ? 0 : concurrencyWaitMs});
  return longest(found.filter(shortage => shortage.waitMs !== 0));
}

export function longest(shortages: readonly Shortage[]): Shortage | null {
  const [first, ...others] = shortages;
  if (first === undefined) return null;
  const wait = (shortage: Shortage) => shortage.waitMs ?? Number.POSITIVE_INFINITY;
  return others.reduce((worst, next) => (wait(next) > wait(worst) ? next : worst), first);
}

/** Lets a request in: what is used then, and what is held for it. `use` is of this moment. */
export function withRequest(use: RateUse, limit: Rates, demand: RateDemand): {use: RateUse; held: Held} {
  const amounts = {
    requests: limit.requestsPerMinute === null ? 0 : 1,
    tokens: limit.tokensPerMinute === null ? 0 : tokensToHold(demand, limit),
  };
  return {
    use: {
      requests: take(use.requests, amounts.requests),
      tokens: take(use.tokens, amounts.tokens),
      running: use.running + 1,
    },
    held: {
      requests: {amount: amounts.requests, atAgeMs: use.requests.ageMs},
      tokens: {amount: amounts.tokens, atAgeMs: use.tokens.ageMs},
    },
  };
}

/**
 * The request is over. `tokens`: what it used; null when it never began, which counts as no request at all. `use` is of
 * this moment.
 */
export function withoutRequest(use: RateUse, limit: Rates, held: Held, tokens: number | null): RateUse {
  const correct = (bucket: Bucket, perMinute: number | null, taken: Taken, used: number) =>
    perMinute === null ? bucket : corrected(bucket, perMinute, taken, used);
  return {
    requests: correct(use.requests, limit.requestsPerMinute, held.requests, tokens === null ? 0 : held.requests.amount),
    tokens: correct(use.tokens, limit.tokensPerMinute, held.tokens, tokens ?? 0),
    running: Math.max(0, use.running - 1),
  };
}

/** What one request took, and when. */
export interface Held {
  readonly requests: Taken;
  readonly tokens: Taken;
}

/** One line of the headers: the limit, what is left of it, and when all of it is there again. */
export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

export function allowances(
  use: RateUse,
  {requestsPerMinute, tokensPerMinute}: Rates,
): {requests: Allowance | null; tokens: Allowance | null} {
  const of = (bucket: Bucket, perMinute: number | null) =>
    perMinute === null
      ? null
      : {limit: perMinute, remaining: leftIn(bucket, perMinute), resetMs: untilFullMs(bucket, perMinute)};
  return {requests: of(use.requests, requestsPerMinute), tokens: of(use.tokens, tokensPerMinute)};
}
