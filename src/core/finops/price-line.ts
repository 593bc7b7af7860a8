import type {EndpointTraits} from '../proxy/endpoints.ts';
import type {TokenPrice} from './token-price.ts';
import {amountOf} from './token-price.ts';
import type {UsageRecord} from './usage.ts';

/**
 * Stamps a line of the ledger with the price it is charged by, and the amount. A request is charged for once work was done
 * for it; what ended before costs nothing.
 */
export function priceLine(
  line: Omit<UsageRecord, 'priceId' | 'amountNanos'>,
  {price, bills}: {price: TokenPrice | null; bills: EndpointTraits['bills']},
): UsageRecord {
  if (price?.rates == null) return {...line, priceId: null, amountNanos: 0};
  const isWork = line.promptTokens + line.completionTokens + line.audioMs > 0;
  const isCharged = isWork || (line.outcome === 'completed' && bills !== 'nothing');
  const amountNanos = amountOf({...line, requests: isCharged ? 1 : 0}, price.rates);
  return {...line, priceId: price.id, amountNanos};
}
