import {implement} from '@orpc/server';
import {findKey} from '../../app/api-keys.ts';
import {findInstance} from '../../app/change-instance.ts';
import {findAnyModel} from '../../app/find-model.ts';
import {reconcileUsage} from '../../app/usage/reconcile-usage.ts';
import {isoTime} from '../../core/time.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {usageContract} from '../contract/usage.ts';

const api = implement(usageContract).$context<ApiContext>().use(checkPermission);

const listLimit = 1000;

export const usage = {
  reconcile: api.reconcile.handler(async ({input, context: {tools, caller}, signal}) => {
    const {scope} = caller;
    const instances =
      input.instance === undefined
        ? (await tools.instances.listByState(['ready'], listLimit)).filter(
            ({organizationId}) => organizationId === scope.organizationId,
          )
        : [await findInstance(tools.instances, scope, input.instance)];
    const giveUp = signal ?? new AbortController().signal;
    const drifts = await Promise.all(instances.map(instance => reconcileUsage(tools, instance, giveUp)));
    return drifts.map(({sampledAtMs, ...drift}) => ({
      ...drift,
      sampledAt: sampledAtMs === null ? null : isoTime(sampledAtMs),
    }));
  }),
  totals: api.totals.handler(async ({input, context: {tools, caller}}) => {
    const {scope} = caller;
    const {fromMs, untilMs} = input;
    return tools.usage.totals(scope, {
      ...(fromMs === undefined ? {} : {fromMs}),
      ...(untilMs === undefined ? {} : {untilMs}),
      ...(input.key === undefined ? {} : {keyId: (await findKey(tools.keys, scope, input.key)).id}),
      ...(input.model === undefined ? {} : {modelHfId: (await findAnyModel(tools.models, scope, input.model)).hfId}),
      ...(input.instance === undefined
        ? {}
        : {instanceId: (await findInstance(tools.instances, scope, input.instance)).id}),
    });
  }),
};
