import {type ApiCall, type Handler, jsonBody, noContent, ok, param} from './api-call.ts';
import {invalidArguments, notFound} from './errors.ts';
import {fieldMatches, ordered, tagsMatch} from './filters.ts';
import {instanceNotFound} from './instance-lookup.ts';
import {attachIp, createIp, detachIp} from './ip-lifecycle.ts';
import {ipView} from './ip-view.ts';
import {stringOf, stringsOf} from './json.ts';
import {locationHeader} from './location.ts';
import {instancePage} from './pagination.ts';
import {ownerOf} from './projects.ts';
import type {IpRecord} from './records.ts';

const IP_TYPES = ['routed_ipv4', 'routed_ipv6'] as const;

export const createFlexibleIp: Handler = call => {
  const {world} = call;
  const body = jsonBody(call);
  const owner = ownerOf(world, body);
  const type = IP_TYPES.find(known => known === (stringOf(body.type) ?? 'routed_ipv4'));
  if (type === undefined) {
    throw invalidArguments({argument_name: 'type', reason: 'constraint', help_message: 'unknown IP type'});
  }
  const ip = createIp(world, {zone: param(call, 'zone'), type, ...owner, tags: stringsOf(body.tags) ?? []});
  const serverId = stringOf(body.server);
  if (serverId !== undefined) attachToServer(call, ip, serverId);
  return {status: 201, body: {ip: ipView(world, ip)}, headers: locationHeader(call, ip.id)};
};

export const listIps: Handler = call => {
  const {world, query} = call;
  const found = [...world.ips.values()].filter(
    ip =>
      !ip.dynamic &&
      ip.zone === param(call, 'zone') &&
      tagsMatch(query, ip.tags) &&
      fieldMatches(query, 'project', ip.project) &&
      fieldMatches(query, 'organization', ip.organization) &&
      fieldMatches(query, 'type', ip.type) &&
      (query.get('name') === null || ip.address.includes(query.get('name') ?? '')),
  );
  const page = instancePage(call, ordered(found, 'created_asc', {created: ip => ip.createdAtMs}));
  return ok({ips: page.items.map(ip => ipView(world, ip))}, page.headers);
};

export const getIp: Handler = call => ok({ip: ipView(call.world, findIp(call))});

/** `server` moves the IP: an id attaches it, null detaches it. */
export const updateIp: Handler = call => {
  const ip = findIp(call);
  const body = jsonBody(call);
  ip.tags = stringsOf(body.tags) ?? ip.tags;
  ip.reverse = body.reverse === null ? null : (stringOf(body.reverse) ?? ip.reverse);
  const serverId = stringOf(body.server);
  if (serverId !== undefined) attachToServer(call, ip, serverId);
  else if (body.server === null) detachIp(call.world, ip);
  return ok({ip: ipView(call.world, ip)});
};

/** Works while attached too; by id or by address. */
export const deleteIp: Handler = call => {
  const ip = findIp(call);
  detachIp(call.world, ip);
  call.world.ips.delete(ip.id);
  return noContent();
};

function findIp(call: ApiCall): IpRecord {
  const key = param(call, 'id');
  const found = call.world.ips.get(key) ?? [...call.world.ips.values()].find(ip => ip.address === key);
  if (found === undefined || found.zone !== param(call, 'zone')) throw instanceNotFound(call.world, 'instance_ip', key);
  return found;
}

function attachToServer(call: ApiCall, ip: IpRecord, serverId: string): void {
  const server = call.world.servers.get(serverId);
  if (server === undefined || server.zone !== ip.zone) throw notFound('instance_server', serverId);
  attachIp(call.world, ip, server);
}
