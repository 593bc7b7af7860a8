import {findInstance} from '../../app/change-instance.ts';
import {deleteVolume, findVolume, keepVolume, listVolumes, releaseVolume} from '../../app/reconcile/volumes.ts';
import type {CallContext} from '../../ports/provider.ts';
import {type ApiContext, api} from '../context.ts';
import {volumeView} from '../views.ts';

export const volumes = {
  list: api.volumes.list.handler(async ({input, context: {tools, caller}}) => {
    const {scope} = caller;
    const {instance, includeDeleted} = input;
    const instanceId = instance === undefined ? undefined : (await findInstance(tools.instances, scope, instance)).id;
    return (await listVolumes(tools, scope, {instanceId, includeDeleted})).map(volumeView);
  }),

  show: api.volumes.show.handler(async ({input, context: {tools, caller}}) =>
    volumeView(await findVolume(tools, caller.scope, input.volume)),
  ),

  keep: api.volumes.keep.handler(async ({input, context, signal}) =>
    volumeView(await keepVolume(context.tools, context.caller.scope, input.volume, callOf(context, signal))),
  ),

  release: api.volumes.release.handler(async ({input, context, signal}) =>
    volumeView(await releaseVolume(context.tools, context.caller.scope, input.volume, callOf(context, signal))),
  ),

  delete: api.volumes.delete.handler(async ({input, context, signal}) =>
    volumeView(await deleteVolume(context.tools, context.caller.scope, input.volume, callOf(context, signal))),
  ),
};

function callOf({tools}: ApiContext, signal: AbortSignal | undefined): CallContext {
  const correlationId = tools.ids.next('correlation');
  return signal === undefined ? {correlationId} : {correlationId, signal};
}
