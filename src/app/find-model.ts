import {InventivError} from '../core/errors.ts';
import {findModel} from '../core/model/find-model.ts';
import type {ModelSpec} from '../core/model/model.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {ModelStore} from '../ports/store.ts';

/** The active model a person means; otherwise an error with near names and how to add or enable it. */
export async function findActiveModel(models: ModelStore, scope: OrgScope, name: string): Promise<ModelSpec> {
  const found = findModel(await models.list(scope, {includeInactive: true}), name);
  if (!found.ok) {
    throw new InventivError('model_not_found', capitalise(found.message), {
      hint: capitalise(found.hint),
      param: 'model',
      detailCode: found.code,
    });
  }

  return found.model;
}

/** Like `findActiveModel`, for verbs that also act on disabled models. */
export async function findAnyModel(models: ModelStore, scope: OrgScope, name: string): Promise<ModelSpec> {
  const all = await models.list(scope, {includeInactive: true});
  const found = findModel(
    all.map(model => ({...model, active: true})),
    name,
  );
  if (!found.ok) {
    throw new InventivError('model_not_found', capitalise(found.message), {
      hint: capitalise(found.hint),
      param: 'model',
      detailCode: found.code,
    });
  }

  return all.find(model => model.id === found.model.id) ?? found.model;
}

function capitalise(sentence: string): string {
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${/[.?!]$/.test(sentence) ? '' : '.'}`;
}
