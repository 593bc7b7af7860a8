import {InventivError} from '../core/errors.ts';
import type {JsonValue} from '../core/instance/action.ts';
import type {ModelSpec} from '../core/model/model.ts';
import {modelSpecSchema} from '../core/model/model-schema.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {InstanceStore} from '../ports/instances.ts';
import type {ModelStore} from '../ports/store.ts';
import {findAnyModel} from './find-model.ts';

export async function addModel(models: ModelStore, scope: OrgScope, model: ModelSpec): Promise<ModelSpec> {
  await models.put(scope, model, 'create');
  return model;
}

/** Merges the changes over the model and checks the whole again. */
export async function updateModel(
  models: ModelStore,
  scope: OrgScope,
  name: string,
  changes: {readonly [key: string]: JsonValue},
): Promise<ModelSpec> {
  const model = await findAnyModel(models, scope, name);
  const parsed = modelSpecSchema.safeParse({...model, ...changes, id: model.id});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InventivError('invalid_input', `${issue?.path.join('.') || 'model'}: ${issue?.message ?? 'invalid'}.`, {
      hint: `See its fields with "inventiv models show ${model.id} --json".`,
      param: issue?.path.join('.') ?? 'model',
    });
  }

  await models.put(scope, parsed.data, 'update');
  return parsed.data;
}

/** Refused while an instance still uses it. */
export async function removeModel(
  models: ModelStore,
  instances: InstanceStore,
  scope: OrgScope,
  name: string,
): Promise<void> {
  const model = await findAnyModel(models, scope, name);
  const users = (await instances.list(scope, {includeGone: false, includeArchived: false})).filter(
    instance => instance.spec.modelHfId === model.hfId,
  );
  if (users.length > 0) {
    throw new InventivError('conflict', `${model.hfId} is used by ${users.map(user => user.name).join(', ')}.`, {
      hint: `Take them down first (inventiv down ${users[0]?.name}), or only disable it: inventiv models disable ${model.id}`,
    });
  }

  await models.remove(scope, model.id);
}
