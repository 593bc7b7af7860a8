import {implement} from '@orpc/server';
import {findAnyModel} from '../../app/find-model.ts';
import {readModelRuntimes} from '../../app/model-runtimes.ts';
import {addModel, removeModel, updateModel} from '../../app/models.ts';
import {catalogForSizing} from '../../app/show-catalog.ts';
import {instanceTypesOf, SEED_INSTANCE_TYPES} from '../../core/catalog/seed.ts';
import {diskGbFor} from '../../core/model/disk.ts';
import {explainSizing} from '../../core/model/explain-sizing.ts';
import {typesThatFit} from '../../core/model/types-that-fit.ts';
import {dayMs, isoTime} from '../../core/time.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {modelsContract} from '../contract/models.ts';
import {modelView} from '../views/model-view.ts';

const api = implement(modelsContract).$context<ApiContext>().use(checkPermission);

export const models = {
  list: api.list.handler(async ({input, context: {tools, caller}}) =>
    (await tools.models.list(caller.scope, input)).map(modelView),
  ),

  show: api.show.handler(async ({input, context: {tools, caller}}) => {
    const spec = await findAnyModel(tools.models, caller.scope, input.model);
    return {model: modelView(spec), spec: {...spec, extraArgs: [...spec.extraArgs]}};
  }),

  add: api.add.handler(async ({input, context: {tools, caller}}) =>
    modelView(await addModel(tools.models, caller.scope, input)),
  ),

  update: api.update.handler(async ({input, context: {tools, caller}}) =>
    modelView(await updateModel(tools.models, caller.scope, input.model, input.changes)),
  ),

  remove: api.remove.handler(async ({input, context: {tools, caller}}) => {
    await removeModel(tools.models, tools.instances, caller.scope, input.model);
    return {};
  }),

  setActive: api.setActive.handler(async ({input, context: {tools, caller}}) => {
    const {id} = await findAnyModel(tools.models, caller.scope, input.model);
    await tools.models.setActive(caller.scope, id, input.active);
    return modelView(await findAnyModel(tools.models, caller.scope, id));
  }),

  runtime: api.runtime.handler(async ({input, context: {tools, caller}}) => {
    const untilMs = tools.clock.nowMs();
    const sinceMs = input.sinceMs ?? untilMs - dayMs;
    const runtimes = await readModelRuntimes(tools, caller.scope, {sinceMs, untilMs});
    return {since: isoTime(sinceMs), until: isoTime(untilMs), models: [...runtimes]};
  }),

  size: api.size.handler(async ({input, context: {tools, caller}}) => {
    const model = await findAnyModel(tools.models, caller.scope, input.model);
    const types = tools.providers.includes(input.provider)
      ? (await catalogForSizing(tools, input.provider, {correlationId: tools.ids.next('correlation')})).types
      : instanceTypesOf(SEED_INSTANCE_TYPES, input.provider);
    const {maxModelLen, concurrency, mode} = input;
    const {fitting, refused} = typesThatFit(model, types, {
      ...(maxModelLen === undefined ? {} : {maxModelLen}),
      ...(concurrency === undefined ? {} : {concurrency}),
      ...(mode === undefined ? {} : {mode}),
    });
    return {
      model: modelView(model),
      fits: fitting.map(({type, sizing}) => {
        const disk = diskGbFor(model, type);
        return {
          type: type.name,
          pricePerHourNanos: type.pricePerHourNanos,
          kvTokens: sizing.kvTokens ?? 0,
          maxConcurrency: sizing.fullContextRequests ?? 0,
          diskGb: disk.ok ? disk.disk.diskGb : 0,
          arithmetic: explainSizing(model, sizing),
        };
      }),
      refused: refused.map(({type, sizing}) => ({
        type: type.name,
        reason: sizing.refusal.text,
        maxModelLenThatFits: sizing.maxModelLenThatFits > 0 ? sizing.maxModelLenThatFits : null,
      })),
    };
  }),
};
