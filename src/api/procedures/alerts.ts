import {implement} from '@orpc/server';
import type {Alert} from '../../core/alerts/alert.ts';
import {InventivError} from '../../core/errors.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {alertsContract} from '../contract/alerts.ts';
import {alertView} from '../views/alert-view.ts';

const api = implement(alertsContract).$context<ApiContext>().use(checkPermission);

export const alerts = {
  list: api.list.handler(async ({input, context: {tools, caller}}) =>
    (await tools.store.alerts.list(caller.scope, input)).map(alertView),
  ),

  show: api.show.handler(async ({input, context: {tools, caller}}) =>
    alertView(present(await tools.store.alerts.find(caller.scope, input.alert), input.alert)),
  ),

  acknowledge: api.acknowledge.handler(async ({input, context: {tools, caller}}) => {
    const found = await tools.store.alerts.acknowledge(caller.scope, input.alert, caller.userName);
    return alertView(present(found, input.alert));
  }),
};

function present(alert: Alert | null, asked: string): Alert {
  if (alert !== null) return alert;
  throw new InventivError('not_found', `There is no alert "${asked}".`, {
    hint: 'List them with "inventiv alerts list --all".',
    param: 'alert',
  });
}
