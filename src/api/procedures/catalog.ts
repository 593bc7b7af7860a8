import {syncCatalog} from '../../app/read-catalog.ts';
import {showCatalog} from '../../app/show-catalog.ts';
import {InventivError} from '../../core/errors.ts';
import {catalogView} from '../catalog-view.ts';
import {api} from '../context.ts';

export const catalog = {
  show: api.catalog.show.handler(async ({input: {provider}, context: {tools}}) =>
    catalogView(provider, await showCatalog(tools, provider)),
  ),

  sync: api.catalog.sync.handler(async ({input: {provider}, context: {tools}, signal}) => {
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
};
