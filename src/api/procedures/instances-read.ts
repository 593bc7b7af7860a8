import {implement} from '@orpc/server';
import {findInstance} from '../../app/change-instance.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {instancesContract} from '../contract/instances.ts';
import {actionView, agentView, instanceView, resourceView, stateChangeView} from '../views/instance-view.ts';

const api = implement(instancesContract).$context<ApiContext>().use(checkPermission);

/** Instances as they are recorded. Short commands wait for this file, so it imports no use case that changes anything. */
export const instancesRead = {
  list: api.list.handler(async ({input, context: {tools, caller}}) => {
    const filter = {includeGone: input.includeGone, includeArchived: input.includeArchived};
    const found = await tools.instances.list(
      caller.scope,
      input.states === undefined ? filter : {...filter, states: input.states},
    );
    const nowMs = tools.clock.nowMs();
    return Promise.all(
      found.map(async instance =>
        instanceView(instance, await tools.instances.actions(caller.scope, instance.id), nowMs),
      ),
    );
  }),

  show: api.show.handler(async ({input, context}) => {
    const {tools, caller} = context;
    const instance = await findInstance(tools.instances, caller.scope, input.instance);
    const [actions, history, resources, health] = await Promise.all([
      tools.instances.actions(caller.scope, instance.id),
      tools.instances.history(caller.scope, instance.id),
      tools.instances.resources(caller.scope, {instanceId: instance.id, includeDeleted: true}),
      tools.store.health.load([instance.id]),
    ]);
    const {mode, runtime, diskGb, image, maxModelLen, engineArgs, onFailure} = instance.spec;
    return {
      instance: instanceView(instance, actions, tools.clock.nowMs()),
      agent: agentView(instance, health.get(instance.id)?.memory.agent ?? null),
      actions: actions.map(actionView),
      history: history.map(stateChangeView),
      resources: resources.map(resourceView),
      spec: {mode, runtime, diskGb, image, maxModelLen, engineArgs: [...engineArgs], onFailure},
    };
  }),

  actions: api.actions.handler(async ({input, context: {tools, caller}}) => {
    const {id} = await findInstance(tools.instances, caller.scope, input.instance);
    return (await tools.instances.actions(caller.scope, id)).map(actionView);
  }),

  history: api.history.handler(async ({input, context: {tools, caller}}) => {
    const {id} = await findInstance(tools.instances, caller.scope, input.instance);
    return (await tools.instances.history(caller.scope, id)).map(stateChangeView);
  }),

  resources: api.resources.handler(async ({input, context: {tools, caller}}) => {
    const filter = {includeDeleted: input.includeDeleted};
    const instanceId =
      input.instance === undefined ? undefined : (await findInstance(tools.instances, caller.scope, input.instance)).id;
    return (
      await tools.instances.resources(caller.scope, instanceId === undefined ? filter : {...filter, instanceId})
    ).map(resourceView);
  }),
};
