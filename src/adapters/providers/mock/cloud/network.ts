import type {CloudIp, CloudSecurityGroup, Page} from '../wire.ts';
import {notFound, precondition} from './cloud-error.ts';
import {requireQuota, requireZone} from './market.ts';
import type {Operation} from './operation.ts';
import {optionalText, page, portList, textField, textList} from './operation.ts';
import {findServer} from './servers.ts';
import type {IpRecord} from './state.ts';

/** Documentation addresses (RFC 5737): they name a flexible IP and lead nowhere. */
const addressPrefix = '203.0.113.';

/** A flexible address: outlives its server and is paid for until it is deleted. */
export function createIp(operation: Operation): CloudIp {
  const {state, zone} = operation;
  requireZone(zone);
  requireQuota(state, 'ips', 1);
  const serverId = optionalText(operation, 'serverId') ?? null;
  if (serverId !== null) findServer({state, zone, id: serverId});
  const id = operation.newId();
  const address = `${addressPrefix}${(Object.keys(state.ips).length % 254) + 1}`;
  const ip: IpRecord = {id, zone, address, tags: textList(operation, 'tags') ?? [], serverId};
  state.ips[id] = ip;
  return {...ip};
}

export function readIp({state, zone, id}: Operation): CloudIp {
  const ip = state.ips[id];
  if (ip === undefined || ip.zone !== zone) throw notFound('ip', id);
  return {...ip};
}

export function listIps(operation: Operation): Page<CloudIp> {
  requireZone(operation.zone);
  return page(operation, Object.values(operation.state.ips));
}

/** Works even while it is attached, as it does on the clouds this one imitates. */
export function deleteIp(operation: Operation): null {
  delete operation.state.ips[readIp(operation).id];
  return null;
}

export function createSecurityGroup(operation: Operation): CloudSecurityGroup {
  const {state, zone} = operation;
  requireZone(zone);
  const group: CloudSecurityGroup = {
    id: operation.newId(),
    name: textField(operation, 'name'),
    zone,
    tags: textList(operation, 'tags') ?? [],
    openPorts: portList(operation, 'openPorts') ?? [],
    sourceRanges: textList(operation, 'sourceRanges') ?? [],
  };
  state.securityGroups[group.id] = group;
  return group;
}

export function readSecurityGroup({state, zone, id}: Operation): CloudSecurityGroup {
  const group = state.securityGroups[id];
  if (group === undefined || group.zone !== zone) throw notFound('security_group', id);
  return group;
}

export function listSecurityGroups(operation: Operation): Page<CloudSecurityGroup> {
  requireZone(operation.zone);
  return page(operation, Object.values(operation.state.securityGroups));
}

export function updateSecurityGroup(operation: Operation): CloudSecurityGroup {
  const old = readSecurityGroup(operation);
  const group = {
    ...old,
    tags: textList(operation, 'tags') ?? old.tags,
    openPorts: portList(operation, 'openPorts') ?? old.openPorts,
    sourceRanges: textList(operation, 'sourceRanges') ?? old.sourceRanges,
  };
  operation.state.securityGroups[group.id] = group;
  return group;
}

export function deleteSecurityGroup(operation: Operation): null {
  const {id} = readSecurityGroup(operation);
  const isUsed = Object.values(operation.state.servers).some(server => server.securityGroupId === id);
  if (isUsed) throw precondition('resource_still_in_use', 'security group has servers');
  delete operation.state.securityGroups[id];
  return null;
}
