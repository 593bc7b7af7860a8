import {numberOf} from './json.ts';
import type {IpRecord, ServerRecord} from './records.ts';
import {GUEST_BOOTED_AFTER_MS} from './timings.ts';
import type {World} from './world.ts';

export function createIp(
  world: World,
  wanted: Pick<IpRecord, 'zone' | 'type' | 'organization' | 'project'> & {tags?: string[]; dynamic?: boolean},
): IpRecord {
  const id = world.makeId();
  const ip: IpRecord = {
    id,
    zone: wanted.zone,
    type: wanted.type,
    address: makeAddress(world.nextNumber(), wanted.type),
    reverse: null,
    serverId: null,
    dynamic: wanted.dynamic ?? false,
    state: 'detached',
    organization: wanted.organization,
    project: wanted.project,
    tags: wanted.tags ?? [],
    ipamId: id,
    createdAtMs: world.clock.nowMs(),
  };
  world.ips.set(id, ip);
  return ip;
}

export function ipsOf(world: World, serverId: string): IpRecord[] {
  const found = [...world.ips.values()].filter(ip => ip.serverId === serverId);
  return found.sort((left, right) => left.type.localeCompare(right.type));
}

/** Attached at once to a stopped server; `pending` on a running one until its guest takes it. */
export function attachIp(world: World, ip: IpRecord, server: ServerRecord): void {
  ip.serverId = server.id;
  ip.state = server.state === 'running' ? 'pending' : 'attached';
  if (ip.state === 'attached') return;
  world.clock.schedule(GUEST_BOOTED_AFTER_MS, `ip ${ip.id} attached`, () => {
    if (ip.serverId === server.id && ip.state === 'pending') ip.state = 'attached';
  });
}

export function detachIp(world: World, ip: IpRecord): void {
  ip.serverId = null;
  ip.state = 'detached';
  if (ip.dynamic) world.ips.delete(ip.id);
}

/** A running server that asked for a dynamic IP and has no other one gets it now, or later with the late_ip switch. */
export function giveDynamicIp(world: World, server: ServerRecord): void {
  const late = world.faults.strike('late_ip', {type: server.commercialType, zone: server.zone});
  const delayMs = numberOf(late?.settings.delayMs) ?? 0;
  const give = (): void => world.machines.whenUp(server.id, () => giveDynamicIpNow(world, server));
  if (delayMs === 0) give();
  else world.clock.schedule(delayMs, `server ${server.id} gets its IP`, give);
}

export function releaseDynamicIps(world: World, serverId: string): void {
  for (const ip of ipsOf(world, serverId)) if (ip.dynamic) detachIp(world, ip);
}

function giveDynamicIpNow(world: World, server: ServerRecord): void {
  if (!world.servers.has(server.id) || server.state !== 'running' || !server.dynamicIpRequired) return;
  if (ipsOf(world, server.id).some(ip => ip.type === 'routed_ipv4')) return;
  const {zone, organization, project} = server;
  attachIp(world, createIp(world, {zone, organization, project, type: 'routed_ipv4', dynamic: true}), server);
}

function makeAddress(number: number, type: IpRecord['type']): string {
  const high = (number >> 8) & 255;
  const low = number & 255;
  if (type === 'routed_ipv4') return `51.15.${high}.${low}`;
  return `2001:bc8:710:${number.toString(16)}::/64`;
}
