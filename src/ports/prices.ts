import type {PriceRates, TokenPrice} from '../core/finops/token-price.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {EpochMs} from '../core/time.ts';

/** Prices of models, version by version. What was written is never changed. */
export interface PriceStore {
  /** Writes the next version of a model's price and its event (`price.set`, topic `models`). */
  add(scope: OrgScope, price: NewPrice): Promise<TokenPrice>;
  /** All versions of one model, latest first. */
  history(scope: OrgScope, modelHfId: string): Promise<readonly TokenPrice[]>;
  /** What is in force at this moment and what is to come, by model. */
  current(scope: OrgScope): Promise<readonly TokenPrice[]>;
  /** The same of all organizations: the proxy's snapshot. */
  allCurrent(): Promise<readonly TokenPrice[]>;
}

export interface NewPrice {
  readonly modelHfId: string;
  /** Null: from now on. */
  readonly validFromMs: EpochMs | null;
  /** Null takes the price away. */
  readonly rates: PriceRates | null;
  readonly setBy: string;
}
