import type {TokenPrice} from '../../core/finops/token-price.ts';
import {type EpochMs, isoTime} from '../../core/time.ts';
import type {PriceView} from '../contract/prices.ts';

/** `versions`: those of the same model, which say what this one is at the moment. */
export function priceView(price: TokenPrice, versions: readonly TokenPrice[], nowMs: EpochMs): PriceView {
  const {id, modelHfId, version, rates, setBy} = price;
  return {
    ...{id, model: modelHfId, version, state: stateOf(price, versions, nowMs)},
    validFrom: isoTime(price.validFromMs),
    rates,
    setBy,
    setAt: isoTime(price.setAtMs),
  };
}

function stateOf(price: TokenPrice, versions: readonly TokenPrice[], nowMs: EpochMs): PriceView['state'] {
  const isSucceeded = versions.some(({version, validFromMs}) => version > price.version && validFromMs <= nowMs);
  if (isSucceeded) return 'over';
  return price.validFromMs <= nowMs ? 'in_force' : 'to_come';
}
