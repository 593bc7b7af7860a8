import {findType} from '../catalog.ts';
import {stableId} from '../ids.ts';
import {booleanOf, isObject, type JsonObject, numberOf, stringOf, stringsOf} from '../json.ts';
import type {ImageRecord, ServerRecord, ServerState, ServerVolume} from '../records.ts';
import {resume} from '../server-power.ts';
import type {World} from '../world.ts';
import {
  DEFAULT_ROOT_BYTES,
  dateMs,
  ownerIn,
  seedBlockVolume,
  seedIp,
  seedLocalVolume,
  seedSecurityGroup,
  text,
} from './seed-records.ts';

const UNMODELLED = ['private_nics', 'placement_group', 'maintenances', 'filesystems', 'private_ip', 'end_of_service'];

/** A server with its image, volumes, IPs and group, as an answer shows it; one that was moving goes on moving. */
export function seedServer(world: World, body: JsonObject): void {
  const id = text(body.id);
  const zone = text(body.zone);
  const owner = ownerIn(world, body);
  const image = isObject(body.image) ? seedImage(world, body.image) : null;
  const group = isObject(body.security_group) ? body.security_group : {};
  seedSecurityGroup(world, {...group, zone, project: owner.project, organization: owner.organization});
  const server: ServerRecord = {
    id,
    zone,
    name: text(body.name),
    commercialType: text(body.commercial_type),
    arch: text(body.arch),
    bootType: text(body.boot_type),
    ...owner,
    image,
    volumes: new Map(),
    tags: stringsOf(body.tags) ?? [],
    state: text(body.state) as ServerState,
    stateDetail: text(body.state_detail),
    beingDeleted: false,
    protected: booleanOf(body.protected) ?? false,
    dynamicIpRequired: booleanOf(body.dynamic_ip_required) ?? false,
    macAddress: stringOf(body.mac_address) ?? 'de:00:00:00:00:01',
    location: isObject(body.location) ? body.location : null,
    securityGroupId: text(group.id),
    userData: new Map(),
    createdAtMs: dateMs(body.creation_date),
    modifiedAtMs: dateMs(body.modification_date),
    unmodelled: Object.fromEntries(UNMODELLED.flatMap(name => (body[name] === undefined ? [] : [[name, body[name]]]))),
    generation: 0,
  };
  world.servers.set(id, server);
  seedType(world, zone, server.commercialType);
  const volumes = isObject(body.volumes) ? body.volumes : {};
  for (const [slot, volume] of Object.entries(volumes)) {
    if (isObject(volume)) server.volumes.set(slot, seedServerVolume(world, server, slot, volume));
  }
  const ips = Array.isArray(body.public_ips) ? body.public_ips : [];
  for (const ip of ips) if (isObject(ip)) seedIp(world, {...ip, zone, server: {id}, ...ownerFields(owner)});
  resume(world, server);
}

export function seedImage(world: World, body: JsonObject): ImageRecord {
  const id = text(body.id);
  const known = world.images.get(id);
  if (known !== undefined) return known;
  const root = isObject(body.root_volume) ? body.root_volume : {};
  const image = {id, zone: text(body.zone), body, rootSizeBytes: numberOf(root.size) || DEFAULT_ROOT_BYTES};
  world.images.set(id, image);
  return image;
}

/** A type the catalogue of that zone lacks: its shape from another zone, or that of a small CPU type. */
export function seedType(world: World, zone: string, name: string, localBytes?: number): void {
  const types = world.catalog.types.get(zone) ?? new Map<string, JsonObject>();
  const max_size = localBytes ?? 0;
  const unknown = {...findType(world.catalog, zone, 'DEV1-S'), volumes_constraint: {min_size: 0, max_size}};
  const shape = findType(world.catalog, zone, name) ?? unknown;
  if (!types.has(name)) types.set(name, shape);
  world.catalog.types.set(zone, types);
}

function seedServerVolume(world: World, server: ServerRecord, slot: string, body: JsonObject): ServerVolume {
  const id = text(body.id);
  const boot = booleanOf(body.boot) ?? false;
  if (body.volume_type !== 'sbs_volume') {
    seedLocalVolume(world, body);
    return {kind: 'local', id, boot};
  }
  const project_id = server.project;
  const attached = {
    id: stableId(`reference ${id}`),
    product_resource_type: 'instance_server',
    product_resource_id: server.id,
    type: 'exclusive',
    status: 'attached',
  };
  if (!world.blockVolumes.has(id)) {
    const size = server.image?.rootSizeBytes ?? DEFAULT_ROOT_BYTES;
    const root = slot === '0' && isObject(server.image?.body.root_volume) ? server.image.body.root_volume : {};
    const parent_snapshot_id = root.volume_type === 'sbs_snapshot' ? (root.id ?? null) : null;
    const name = `${stringOf(server.image?.body.name) ?? server.name}_sbs_volume_${slot}`;
    seedBlockVolume(world, {
      id,
      zone: server.zone,
      name,
      status: 'in_use',
      project_id,
      size,
      parent_snapshot_id,
      references: [attached],
    });
  }
  return {kind: 'sbs', id, boot};
}

function ownerFields(owner: {project: string; organization: string}): JsonObject {
  return {project: owner.project, organization: owner.organization};
}
