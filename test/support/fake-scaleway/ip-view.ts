import type {JsonObject} from './json.ts';
import type {IpRecord} from './records.ts';
import type {World} from './world.ts';

/** An IP as the ips calls give it. */
export function ipView(world: World, ip: IpRecord): JsonObject {
  const server = ip.serverId === null ? undefined : world.servers.get(ip.serverId);
  return {
    id: ip.id,
    address: ip.type === 'routed_ipv4' ? reportedAddress(world, ip) : null,
    prefix: ip.type === 'routed_ipv6' ? ip.address : null,
    reverse: ip.reverse,
    server: server === undefined ? null : {id: server.id, name: server.name},
    organization: ip.organization,
    project: ip.project,
    zone: ip.zone,
    type: ip.type,
    state: ip.state,
    tags: ip.tags,
    ipam_id: ip.ipamId,
  };
}

/** An IP as it appears in a server. */
export function serverIpView(world: World, ip: IpRecord, macAddress: string): JsonObject {
  const six = ip.type === 'routed_ipv6';
  const suffix = macAddress.split(':').slice(2).join('').replace(/^0+/, '') || '1';
  return {
    id: ip.id,
    address: six ? ip.address.replace('/64', suffix) : reportedAddress(world, ip),
    dynamic: ip.dynamic,
    gateway: six ? `fe80::${suffix}` : '62.210.0.1',
    netmask: six ? '64' : '32',
    family: six ? 'inet6' : 'inet',
    provisioning_mode: six ? 'slaac' : 'dhcp',
    tags: ip.tags,
    state: ip.state,
    ipam_id: ip.ipamId,
  };
}

function reportedAddress(world: World, ip: IpRecord): string {
  return world.machines.addressOf(ip.serverId) ?? world.sshTarget.address ?? ip.address;
}
