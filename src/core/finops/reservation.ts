import type {TokenDemand} from '../proxy/token-demand.ts';
import type {TokenPrice} from './token-price.ts';
import {amountOf} from './token-price.ts';

/** The most that a request may cost: every token that it may use, each by the dearest class it may fall into. */
export function reservationOf(demand: TokenDemand, price: TokenPrice | null): number {
  if (price?.rates == null) return 0;
  const {rates} = price;
  const dearest = {
    ...rates,
    inputPerMillionNanos: Math.max(rates.inputPerMillionNanos, rates.cachedInputPerMillionNanos ?? 0),
    outputPerMillionNanos: Math.max(rates.outputPerMillionNanos, rates.reasoningPerMillionNanos ?? 0),
  };
  const most = {
    promptTokens: demand.promptTokensMax,
    cachedPromptTokens: 0,
    completionTokens: demand.completionTokensMax,
    reasoningTokens: 0,
    audioMs: demand.audioMsMax,
    requests: 1,
  };
  return amountOf(most, dearest);
}
