import type {TokenPrice} from '../../src/core/finops/token-price.ts';
import {amountOf} from '../../src/core/finops/token-price.ts';
import type {UsageRecord} from '../../src/core/finops/usage.ts';

export interface AmountComparison {
  readonly billedNanos: number;
  /** Tokens of the lines times the price that each names. */
  readonly expectedNanos: number;
  /** Lines that say another amount, or name no price where one was in force. */
  readonly wrong: readonly UsageRecord[];
  /** How many lines each version charged. */
  readonly linesByVersion: readonly {readonly model: string; readonly version: number; readonly lines: number}[];
}

/** Recounts what the lines cost, from the tokens that the engines vouch for and the versions that were in force. */
export function compareAmounts(lines: readonly UsageRecord[], prices: readonly TokenPrice[]): AmountComparison {
  const priceById = new Map(prices.map(price => [price.id, price]));
  let expectedNanos = 0;
  const wrong: UsageRecord[] = [];
  for (const line of lines) {
    const expected = expectedOf(line, priceById.get(line.priceId ?? ''));
    if (expected !== line.amountNanos) wrong.push(line);
    expectedNanos += expected ?? 0;
  }

  const billedNanos = lines.reduce((sum, {amountNanos}) => sum + amountNanos, 0);
  const linesByVersion = prices.map(({id, modelHfId: model, version}) => ({
    ...{model, version, lines: lines.filter(({priceId}) => priceId === id).length},
  }));
  return {billedNanos, expectedNanos, wrong, linesByVersion};
}

/** Null where the line names no price, or one that was not in force when it began. */
function expectedOf(line: UsageRecord, price: TokenPrice | undefined): number | null {
  if (price?.rates == null || price.validFromMs > line.startedAtMs) return null;
  const isCharged = line.promptTokens + line.completionTokens > 0 || line.outcome === 'completed';
  return amountOf({...line, requests: isCharged ? 1 : 0}, price.rates);
}
