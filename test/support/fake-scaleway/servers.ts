import {type ApiCall, type Handler, jsonBody, noContent, ok, param} from './api-call.ts';
import {findType} from './catalog.ts';
import {invalidArguments, notFound, preconditionFailed} from './errors.ts';
import {fieldMatches, nameMatches, ordered, tagsMatch} from './filters.ts';
import {findServer} from './instance-lookup.ts';
import {attachIp, detachIp, giveDynamicIp, ipsOf, releaseDynamicIps} from './ip-lifecycle.ts';
import {booleanOf, isObject, type JsonObject, stringOf, stringsOf} from './json.ts';
import {locationHeader} from './location.ts';
import {instancePage} from './pagination.ts';
import type {ServerRecord} from './records.ts';
import {createServer as create} from './server-create.ts';
import {removeServer} from './server-power.ts';
import {serverView} from './server-view.ts';
import {replaceVolumes} from './server-volumes.ts';

export const createServer: Handler = call => {
  const server = create(call);
  return {status: 201, body: {server: serverView(call.world, server)}, headers: locationHeader(call, server.id)};
};

export const getServer: Handler = call => ok({server: serverView(call.world, findServer(call))});

export const listServers: Handler = call => {
  const {world, query} = call;
  const found = [...world.servers.values()].filter(
    server =>
      server.zone === param(call, 'zone') &&
      nameMatches(query, server.name) &&
      tagsMatch(query, server.tags) &&
      fieldMatches(query, 'project', server.project) &&
      fieldMatches(query, 'organization', server.organization) &&
      fieldMatches(query, 'commercial_type', server.commercialType) &&
      fieldMatches(query, 'state', server.state.replaceAll(' ', '_')),
  );
  const sorted = ordered(found, query.get('order') ?? 'creation_date_desc', {
    creation_date: server => server.createdAtMs,
    modification_date: server => server.modifiedAtMs,
  });
  const page = instancePage(call, sorted);
  return ok({servers: page.items.map(server => serverView(world, server))}, page.headers);
};

export const updateServer: Handler = call => {
  const {world} = call;
  const server = findServer(call);
  const body = jsonBody(call);
  changeType(call, server, body);
  changeGroup(call, server, body);
  server.name = stringOf(body.name) ?? server.name;
  server.tags = stringsOf(body.tags) ?? server.tags;
  server.protected = booleanOf(body.protected) ?? server.protected;
  server.bootType = stringOf(body.boot_type) ?? server.bootType;
  changeIps(call, server, body);
  replaceVolumes(world, server, body.volumes);
  server.modifiedAtMs = world.clock.nowMs();
  return ok({server: serverView(world, server)});
};

/** Only when stopped. Volumes and flexible IPs stay. */
export const deleteServer: Handler = call => {
  const server = findServer(call);
  if (server.state !== 'stopped' && server.state !== 'stopped in place') {
    throw preconditionFailed('instance', 'resource_still_in_use', 'instance should be powered off');
  }
  if (server.protected) throw preconditionFailed('instance', 'protected_resource', 'server is protected');
  removeServer(call.world, server);
  return noContent();
};

export const listPrivateNics: Handler = call => {
  findServer(call);
  return ok({private_nics: []});
};

function changeType(call: ApiCall, server: ServerRecord, body: JsonObject): void {
  const wanted = stringOf(body.commercial_type);
  if (wanted === undefined || wanted === server.commercialType) return;
  if (server.state !== 'stopped') {
    throw preconditionFailed('instance', 'resource_not_usable', 'server should be stopped');
  }
  if (findType(call.world.catalog, server.zone, wanted) === undefined) {
    const help = `${wanted} is not a valid commercial type`;
    throw invalidArguments({argument_name: 'commercial_type', reason: 'constraint', help_message: help});
  }
  server.commercialType = wanted;
}

function changeGroup(call: ApiCall, server: ServerRecord, body: JsonObject): void {
  const wanted = isObject(body.security_group) ? stringOf(body.security_group.id) : stringOf(body.security_group);
  if (wanted === undefined) return;
  if (!call.world.securityGroups.has(wanted)) throw notFound('instance_security_group', wanted);
  server.securityGroupId = wanted;
}

/** `public_ips` is the whole new list; a dynamic IP comes and goes with `dynamic_ip_required`. */
function changeIps(call: ApiCall, server: ServerRecord, body: JsonObject): void {
  const {world} = call;
  const wanted = stringsOf(body.public_ips);
  if (wanted !== undefined) {
    for (const id of wanted) if (!world.ips.has(id)) throw notFound('instance_ip', id);
    for (const ip of ipsOf(world, server.id)) if (!wanted.includes(ip.id)) detachIp(world, ip);
    for (const id of wanted) {
      const ip = world.ips.get(id);
      if (ip !== undefined && ip.serverId !== server.id) attachIp(world, ip, server);
    }
  }
  server.dynamicIpRequired = booleanOf(body.dynamic_ip_required) ?? server.dynamicIpRequired;
  if (!server.dynamicIpRequired) releaseDynamicIps(world, server.id);
  else if (server.state === 'running') giveDynamicIp(world, server);
}
