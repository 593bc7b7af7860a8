import type {EpochMs} from '../time.ts';

/**
 * What each class of work costs. Whole nano-euros per million tokens and per hour of audio: prices written as euros per
 * thousand or per million tokens, per second, minute or hour are all exact in them.
 */
export interface PriceRates {
  readonly inputPerMillionNanos: number;
  /** Prompt tokens found in the engine's cache; null: as the other input. */
  readonly cachedInputPerMillionNanos: number | null;
  readonly outputPerMillionNanos: number;
  /** Null: as the other output. */
  readonly reasoningPerMillionNanos: number | null;
  readonly audioPerHourNanos: number;
  readonly perRequestNanos: number;
}

/** One version of a model's price in an organization. Versions are never changed, only succeeded. */
export interface TokenPrice {
  readonly id: string;
  readonly organizationId: string;
  readonly modelHfId: string;
  /** From 1, without gaps. */
  readonly version: number;
  readonly validFromMs: EpochMs;
  /** Null: the model costs nothing from then on. */
  readonly rates: PriceRates | null;
  readonly setBy: string;
  readonly setAtMs: EpochMs;
}

export const freeRates: PriceRates = {
  inputPerMillionNanos: 0,
  cachedInputPerMillionNanos: null,
  outputPerMillionNanos: 0,
  reasoningPerMillionNanos: null,
  audioPerHourNanos: 0,
  perRequestNanos: 0,
};

/** Most that any rate may be: 1,000 euros. Amounts of a thousand million tokens then still are safe integers. */
export const rateMaxNanos = 1_000_000_000_000;

/** The version in force at that moment: the latest one whose time has come. Null where there is none, or none any more. */
export function priceAt(versions: readonly TokenPrice[], atMs: EpochMs): TokenPrice | null {
  let found: TokenPrice | null = null;
  for (const price of versions)
    if (price.validFromMs <= atMs && (found === null || price.version > found.version)) found = price;
  return found?.rates == null ? null : found;
}

/** What is charged for: cached tokens are part of the prompt, reasoning tokens part of the completion. */
export interface BilledCounts {
  readonly promptTokens: number;
  readonly cachedPromptTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
  readonly audioMs: number;
  readonly requests: number;
}

const tokensPerRate = 1_000_000n;
const audioMsPerRate = 3_600_000n;
/** The smallest number that both divide. */
const parts = 18_000_000n;

/** Exact over all classes, rounded once, half up, to whole nano-euros. */
export function amountOf(counts: BilledCounts, rates: PriceRates): number {
  const {inputPerMillionNanos: input, outputPerMillionNanos: output} = rates;
  const tokens =
    product(counts.promptTokens - counts.cachedPromptTokens, input) +
    product(counts.cachedPromptTokens, rates.cachedInputPerMillionNanos ?? input) +
    product(counts.completionTokens - counts.reasoningTokens, output) +
    product(counts.reasoningTokens, rates.reasoningPerMillionNanos ?? output);
  const audio = product(counts.audioMs, rates.audioPerHourNanos);
  const sum = tokens * (parts / tokensPerRate) + audio * (parts / audioMsPerRate);
  const rounded = (sum * 2n + parts) / (parts * 2n);
  const amount = Number(rounded + product(counts.requests, rates.perRequestNanos));
  // No engine counts that far; one that says so must not break the bill of the others.
  return Math.min(amount, Number.MAX_SAFE_INTEGER);
}

function product(count: number, rate: number): bigint {
  return BigInt(count) * BigInt(rate);
}
