import {type Handler, jsonBody, noContent, ok, param, requiredString} from './api-call.ts';
import {instanceDate} from './dates.ts';
import {preconditionFailed} from './errors.ts';
import {fieldMatches, nameMatches, tagsMatch} from './filters.ts';
import {findInZone} from './instance-lookup.ts';
import {booleanOf, type JsonObject, stringOf, stringsOf} from './json.ts';
import {locationHeader} from './location.ts';
import {instancePage} from './pagination.ts';
import {ownerOf} from './projects.ts';
import type {SecurityGroupRecord} from './records.ts';
import {SECURITY_GROUP_SYNCED_AFTER_MS} from './timings.ts';
import type {World} from './world.ts';

export const createGroup: Handler = call => {
  const {world} = call;
  const body = jsonBody(call);
  const now = world.clock.nowMs();
  const group: SecurityGroupRecord = {
    id: world.makeId(),
    zone: param(call, 'zone'),
    name: requiredString(body, 'name'),
    description: stringOf(body.description) ?? null,
    ...ownerOf(world, body),
    tags: stringsOf(body.tags) ?? [],
    stateful: booleanOf(body.stateful) ?? true,
    inboundPolicy: stringOf(body.inbound_default_policy) ?? 'accept',
    outboundPolicy: stringOf(body.outbound_default_policy) ?? 'accept',
    projectDefault: false,
    defaultSecurity: booleanOf(body.enable_default_security) ?? true,
    state: 'available',
    rules: [],
    createdAtMs: now,
    modifiedAtMs: now,
  };
  world.securityGroups.set(group.id, group);
  return {status: 201, body: {security_group: groupView(world, group)}, headers: locationHeader(call, group.id)};
};

export const listGroups: Handler = call => {
  const {world, query} = call;
  const found = [...world.securityGroups.values()].filter(
    group =>
      group.zone === param(call, 'zone') &&
      nameMatches(query, group.name) &&
      tagsMatch(query, group.tags) &&
      fieldMatches(query, 'project', group.project) &&
      fieldMatches(query, 'organization', group.organization) &&
      fieldMatches(query, 'project_default', String(group.projectDefault)),
  );
  const page = instancePage(call, found);
  return ok({security_groups: page.items.map(group => groupView(world, group))}, page.headers);
};

export const getGroup: Handler = call =>
  ok({security_group: groupView(call.world, findInZone(call, call.world.securityGroups, 'instance_security_group'))});

/** `syncing` for a moment when something really changed. */
export const updateGroup: Handler = call => {
  const {world} = call;
  const group = findInZone(call, world.securityGroups, 'instance_security_group');
  const body = jsonBody(call);
  const before = JSON.stringify(groupView(world, group));
  group.name = stringOf(body.name) ?? group.name;
  group.description = stringOf(body.description) ?? group.description;
  group.tags = stringsOf(body.tags) ?? group.tags;
  group.stateful = booleanOf(body.stateful) ?? group.stateful;
  group.inboundPolicy = stringOf(body.inbound_default_policy) ?? group.inboundPolicy;
  group.outboundPolicy = stringOf(body.outbound_default_policy) ?? group.outboundPolicy;
  group.defaultSecurity = booleanOf(body.enable_default_security) ?? group.defaultSecurity;
  if (JSON.stringify(groupView(world, group)) !== before) sync(world, group);
  return ok({security_group: groupView(world, group)});
};

export const deleteGroup: Handler = call => {
  const {world} = call;
  const group = findInZone(call, world.securityGroups, 'instance_security_group');
  if ([...world.servers.values()].some(server => server.securityGroupId === group.id)) {
    throw preconditionFailed('instance', 'resource_still_in_use', 'group is in use. you cannot delete it.');
  }
  if (group.projectDefault) throw preconditionFailed('instance', 'protected_resource', 'default security group');
  world.securityGroups.delete(group.id);
  return noContent();
};

function sync(world: World, group: SecurityGroupRecord): void {
  const now = world.clock.nowMs();
  group.state = 'syncing';
  group.modifiedAtMs = now;
  world.clock.schedule(SECURITY_GROUP_SYNCED_AFTER_MS, `security group ${group.id} synced`, () => {
    group.state = 'available';
  });
}

function groupView(world: World, group: SecurityGroupRecord): JsonObject {
  return {
    id: group.id,
    creation_date: instanceDate(group.createdAtMs),
    modification_date: instanceDate(group.modifiedAtMs),
    name: group.name,
    description: group.description,
    organization: group.organization,
    project: group.project,
    servers: [...world.servers.values()]
      .filter(server => server.securityGroupId === group.id)
      .map(server => ({id: server.id, name: server.name})),
    stateful: group.stateful,
    inbound_default_policy: group.inboundPolicy,
    outbound_default_policy: group.outboundPolicy,
    organization_default: group.projectDefault,
    project_default: group.projectDefault,
    enable_default_security: group.defaultSecurity,
    state: group.state,
    tags: group.tags,
    zone: group.zone,
  };
}
