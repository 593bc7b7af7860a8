import {findType, hourlyPriceEur} from './catalog.ts';
import type {JsonObject} from './json.ts';
import type {World} from './world.ts';

/** Euros per GB and hour of Block Storage at 5,000 IOPS, and euros per hour of a flexible IPv4. */
const BLOCK_EUR_PER_GB_HOUR = 0.000_118;
const IPV4_EUR_PER_HOUR = 0.004;
const GB = 1_000_000_000;

/** All that is alive in the account, and what it costs per hour. `empty` is what a clean teardown leaves. */
export function inventory(world: World): JsonObject {
  const servers = [...world.servers.values()].map(server => ({
    id: server.id,
    name: server.name,
    zone: server.zone,
    type: server.commercialType,
    state: server.state,
    tags: server.tags,
    billed: server.state !== 'stopped',
    eurPerHour:
      server.state === 'stopped' ? 0 : hourlyPriceEur(findType(world.catalog, server.zone, server.commercialType)),
  }));
  const blockVolumes = [...world.blockVolumes.values()].map(volume => ({
    id: volume.id,
    name: volume.name,
    zone: volume.zone,
    status: volume.status,
    sizeBytes: volume.sizeBytes,
    tags: volume.tags,
    attachedTo: volume.references[0]?.productId ?? null,
    billed: true,
    eurPerHour: (volume.sizeBytes / GB) * BLOCK_EUR_PER_GB_HOUR,
  }));
  const localVolumes = [...world.localVolumes.values()].map(volume => ({
    id: volume.id,
    name: volume.name,
    zone: volume.zone,
    type: volume.volumeType,
    sizeBytes: volume.sizeBytes,
    attachedTo: volume.serverId,
    billed: volume.volumeType === 'l_ssd',
  }));
  const ips = [...world.ips.values()].map(ip => ({
    id: ip.id,
    zone: ip.zone,
    address: ip.address,
    dynamic: ip.dynamic,
    tags: ip.tags,
    attachedTo: ip.serverId,
    billed: true,
    eurPerHour: ip.type === 'routed_ipv4' ? IPV4_EUR_PER_HOUR : 0,
  }));
  const snapshots = [...world.snapshots.values()].map(({id, name, zone, status, sizeBytes}) => ({
    id,
    name,
    zone,
    status,
    sizeBytes,
    billed: true,
  }));
  const localSnapshots = [...world.localSnapshots.values()].map(({id, name, zone, sizeBytes}) => ({
    id,
    name,
    zone,
    sizeBytes,
    billed: true,
  }));
  const securityGroups = [...world.securityGroups.values()]
    .filter(group => !group.projectDefault)
    .map(({id, name, zone, tags}) => ({id, name, zone, tags, billed: false}));
  const all = [servers, blockVolumes, localVolumes, ips, snapshots, localSnapshots, securityGroups];
  const eurPerHour = [...servers, ...blockVolumes, ...ips].reduce((sum, item) => sum + item.eurPerHour, 0);
  return {
    empty: all.every(list => list.length === 0),
    billed: all.flat().filter(item => item.billed).length,
    eurPerHour,
    servers,
    blockVolumes,
    localVolumes,
    ips,
    snapshots,
    localSnapshots,
    securityGroups,
  };
}
