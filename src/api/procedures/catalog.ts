import {implement} from '@orpc/server';
import {editType, resetTypes} from '../../app/edit-catalog.ts';
import {syncCatalog} from '../../app/read-catalog.ts';
import {showCatalog} from '../../app/show-catalog.ts';
import {InventivError} from '../../core/errors.ts';
import {type ApiContext, actorOf, checkPermission} from '../context.ts';
import {catalogContract} from '../contract/catalog.ts';
import {catalogView} from '../views/catalog-view.ts';

const api = implement(catalogContract).$context<ApiContext>().use(checkPermission);

export const catalog = {
  show: api.show.handler(async ({input: {provider}, context: {tools}}) =>
    catalogView(provider, await showCatalog(tools, provider)),
  ),

  sync: api.sync.handler(async ({input: {provider}, context: {tools}, signal}) => {
    if (!tools.providers.includes(provider)) {
      throw new InventivError('invalid_input', `The provider "${provider}" is not available in this version.`, {
        hint: `Use one of: ${tools.providers.join(', ')}.`,
        param: 'provider',
      });
    }

    const correlationId = tools.ids.next('correlation');
    await syncCatalog(tools, provider, signal === undefined ? {correlationId} : {correlationId, signal});
    return catalogView(provider, await showCatalog(tools, provider));
  }),

  set: api.set.handler(async ({input: {provider, type, ...wish}, context}) => {
    const edit = await editType(context.tools, actorOf(context), provider, type, wish);
    const {typeName, pricePerHourNanos, usableVramGibPerGpu, disabled} = edit;
    return {type: typeName, pricePerHourNanos, usableVramGibPerGpu, disabled};
  }),

  reset: api.reset.handler(({input: {provider, type}, context}) =>
    resetTypes(context.tools, actorOf(context), provider, type ?? null),
  ),
};
