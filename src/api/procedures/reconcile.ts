import {implement} from '@orpc/server';
import {reconcile as runReconcile} from '../../app/reconcile/reconcile.ts';
import {InventivError} from '../../core/errors.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {reconcileContract} from '../contract/reconcile.ts';
import {reconcileReportView} from '../views/reconcile-view.ts';

const api = implement(reconcileContract).$context<ApiContext>().use(checkPermission);

export const reconcile = {
  run: api.run.handler(async ({input, context: {tools, caller}, signal}) => {
    if (!tools.providers.includes(input.provider)) {
      throw new InventivError('invalid_input', `The provider "${input.provider}" is not available in this version.`, {
        hint: `Use one of: ${tools.providers.join(', ')}.`,
        param: 'provider',
      });
    }

    const correlationId = tools.ids.next('correlation');
    const call = signal === undefined ? {correlationId} : {correlationId, signal};
    const {organizationId} = caller.scope;
    return reconcileReportView(await runReconcile(tools, {...input, organizationId, call}));
  }),
};
