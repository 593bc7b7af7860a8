import {type ApiCall, type Handler, jsonBody, noContent, ok, param, requiredString} from './api-call.ts';
import {utcDate} from './dates.ts';
import {notFound} from './errors.ts';
import {type JsonObject, stringOf, stringsOf} from './json.ts';

/** IAM groups, as far as permissions errors on them are worth having. */
export const createIamGroup: Handler = call => {
  const {world} = call;
  const body = jsonBody(call);
  const now = utcDate(world.clock.nowMs());
  const group: JsonObject = {
    id: world.makeId(),
    created_at: now,
    updated_at: now,
    organization_id: stringOf(body.organization_id) ?? world.defaultProject,
    name: requiredString(body, 'name'),
    description: stringOf(body.description) ?? '',
    user_ids: [],
    application_ids: [],
    tags: stringsOf(body.tags) ?? [],
    editable: true,
    deletable: true,
    managed: false,
  };
  world.iamGroups.set(String(group.id), group);
  return ok(group);
};

export const getIamGroup: Handler = call => ok(findGroup(call));

export const deleteIamGroup: Handler = call => {
  call.world.iamGroups.delete(String(findGroup(call).id));
  return noContent();
};

export const addMember: Handler = call => {
  const group = findGroup(call);
  const {list, id} = member(call);
  group[list] = [...(stringsOf(group[list]) ?? []), id];
  return ok(group);
};

/** Somebody who is not a member: 404 without a resource name. */
export const removeMember: Handler = call => {
  const group = findGroup(call);
  const {list, id} = member(call);
  const members = stringsOf(group[list]) ?? [];
  if (!members.includes(id)) throw notFound('', id);
  group[list] = members.filter(kept => kept !== id);
  return ok(group);
};

function member(call: ApiCall): {list: 'application_ids' | 'user_ids'; id: string} {
  const body = jsonBody(call);
  const application = stringOf(body.application_id);
  if (application !== undefined) return {list: 'application_ids', id: application};
  return {list: 'user_ids', id: requiredString(body, 'user_id')};
}

function findGroup(call: ApiCall): JsonObject {
  const id = param(call, 'id');
  const group = call.world.iamGroups.get(id);
  if (group === undefined) throw notFound('group', id);
  return group;
}
