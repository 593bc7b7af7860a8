import {implement} from '@orpc/server';
import {findInstance} from '../../app/change-instance.ts';
import {deleteVolume, findVolume, keepVolume, listVolumes, releaseVolume} from '../../app/reconcile/volumes.ts';
import type {CallContext} from '../../ports/provider.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {volumesContract} from '../contract/volumes.ts';
import {volumeView} from '../views/volume-view.ts';

const api = implement(volumesContract).$context<ApiContext>().use(checkPermission);

export const volumes = {
  list: api.list.handler(async ({input, context: {tools, caller}}) => {
    const {scope} = caller;
    const {instance, includeDeleted} = input;
    const instanceId = instance === undefined ? undefined : (await findInstance(tools.instances, scope, instance)).id;
    return (await listVolumes(tools, scope, {instanceId, includeDeleted})).map(volumeView);
  }),

  show: api.show.handler(async ({input, context: {tools, caller}}) =>
    volumeView(await findVolume(tools, caller.scope, input.volume)),
  ),

  keep: api.keep.handler(async ({input, context, signal}) =>
    volumeView(await keepVolume(context.tools, context.caller.scope, input.volume, callOf(context, signal))),
  ),

  release: api.release.handler(async ({input, context, signal}) =>
    volumeView(await releaseVolume(context.tools, context.caller.scope, input.volume, callOf(context, signal))),
  ),

  delete: api.delete.handler(async ({input, context, signal}) =>
    volumeView(await deleteVolume(context.tools, context.caller.scope, input.volume, callOf(context, signal))),
  ),
};

function callOf({tools}: ApiContext, signal: AbortSignal | undefined): CallContext {
  const correlationId = tools.ids.next('correlation');
  return signal === undefined ? {correlationId} : {correlationId, signal};
}
