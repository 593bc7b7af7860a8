import {implement} from '@orpc/server';
import {findAnyModel} from '../../app/find-model.ts';
import {setPrice, unsetPrice} from '../../app/prices/prices.ts';
import type {TokenPrice} from '../../core/finops/token-price.ts';
import {type ApiContext, actorOf, checkPermission} from '../context.ts';
import {pricesContract} from '../contract/prices.ts';
import {priceView} from '../views/price-view.ts';

const api = implement(pricesContract).$context<ApiContext>().use(checkPermission);

export const prices = {
  list: api.list.handler(async ({context: {tools, caller}}) => {
    const current = await tools.prices.current(caller.scope);
    const byModel = Map.groupBy(current, ({modelHfId}) => modelHfId);
    return [...byModel.values()].flatMap(versions => viewsOf(versions.toReversed(), tools.clock.nowMs()));
  }),

  show: api.show.handler(async ({input, context: {tools, caller}}) => {
    const {hfId} = await findAnyModel(tools.models, caller.scope, input.model);
    const current = (await tools.prices.current(caller.scope)).filter(({modelHfId}) => modelHfId === hfId);
    return viewsOf(current.toReversed(), tools.clock.nowMs());
  }),

  history: api.history.handler(async ({input, context: {tools, caller}}) => {
    const {hfId} = await findAnyModel(tools.models, caller.scope, input.model);
    return viewsOf(await tools.prices.history(caller.scope, hfId), tools.clock.nowMs());
  }),

  set: api.set.handler(async ({input: {model, rates, validFromMs = null}, context}) => {
    const price = await setPrice(context.tools, actorOf(context), {model, rates, validFromMs});
    return priceView(price, [], context.tools.clock.nowMs());
  }),

  unset: api.unset.handler(async ({input, context}) => ({
    unset: (await unsetPrice(context.tools, actorOf(context), input.model)) !== null,
  })),
};

function viewsOf(versions: readonly TokenPrice[], nowMs: number) {
  return versions.map(price => priceView(price, versions, nowMs));
}
