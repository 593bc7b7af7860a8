import {InventivError} from '../../core/errors.ts';
import type {PriceRates, TokenPrice} from '../../core/finops/token-price.ts';
import {freeRates, priceAt} from '../../core/finops/token-price.ts';
import type {EpochMs} from '../../core/time.ts';
import {isoTime} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {PriceStore} from '../../ports/prices.ts';
import type {AuditStore, ModelStore} from '../../ports/store.ts';
import type {Actor} from '../actor.ts';
import {findAnyModel} from '../find-model.ts';

export interface PriceTools {
  readonly prices: PriceStore;
  readonly models: ModelStore;
  readonly audit: AuditStore;
  readonly clock: Clock;
}

export interface PriceWish {
  readonly model: string;
  /** What is not named stays as it is when the new version begins. */
  readonly rates: {readonly [Name in keyof PriceRates]?: PriceRates[Name] | undefined};
  /** Null: now. */
  readonly validFromMs: EpochMs | null;
}

/** The next version of a model's price. What is past keeps the price it had. */
export async function setPrice(tools: PriceTools, actor: Actor, wish: PriceWish): Promise<TokenPrice> {
  const {hfId} = await findAnyModel(tools.models, actor.scope, wish.model);
  const nowMs = tools.clock.nowMs();
  if (wish.validFromMs !== null && wish.validFromMs < nowMs) throw inThePast(wish.validFromMs);
  const before = priceAt(await tools.prices.history(actor.scope, hfId), wish.validFromMs ?? nowMs)?.rates ?? freeRates;
  const named = Object.entries(wish.rates).filter(([, rate]) => rate !== undefined);
  const rates: PriceRates = {...before, ...Object.fromEntries(named)};
  return await addVersion(tools, actor, hfId, {rates, validFromMs: wish.validFromMs});
}

/** From now on the model costs nothing; null when it costs nothing already, now and later. */
export async function unsetPrice(tools: PriceTools, actor: Actor, model: string): Promise<TokenPrice | null> {
  const {hfId} = await findAnyModel(tools.models, actor.scope, model);
  const current = (await tools.prices.current(actor.scope)).filter(price => price.modelHfId === hfId);
  if (current.every(({rates}) => rates === null)) return null;
  return await addVersion(tools, actor, hfId, {rates: null, validFromMs: null});
}

async function addVersion(
  tools: PriceTools,
  {scope, userId, userName, correlationId}: Actor,
  modelHfId: string,
  {rates, validFromMs}: Pick<TokenPrice, 'rates'> & {validFromMs: EpochMs | null},
): Promise<TokenPrice> {
  const price = await tools.prices.add(scope, {modelHfId, validFromMs, rates, setBy: userName});
  await tools.audit.append(scope, {
    actor: userId,
    action: rates === null ? 'prices.unset' : 'prices.set',
    subject: `prices/${modelHfId}`,
    details: {priceId: price.id, version: price.version, validFromMs: price.validFromMs, ...rates},
    correlationId,
  });
  return price;
}

function inThePast(atMs: EpochMs): InventivError {
  return new InventivError('invalid_input', `A price cannot begin in the past, and ${isoTime(atMs)} is past.`, {
    hint: 'What was charged is mended line by line: inventiv usage correct REQUEST --to AMOUNT --reason TEXT',
    param: '--from',
  });
}
