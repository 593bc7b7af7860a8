import {booleanOf, isObject, type Json, type JsonObject, numberOf, stringOf, stringsOf} from '../json.ts';
import type {BlockReference, IpRecord, LocalVolumeRecord, SecurityGroupRecord, SecurityGroupRule} from '../records.ts';
import {addProject, type World} from '../world.ts';

/** Puts things in the world as an answer of the API shows them, with the ids they have there. */

const GB = 1_000_000_000;
export const DEFAULT_ROOT_BYTES = 10 * GB;

/** An IP as the ips calls show it, or as a server shows it. */
export function seedIp(world: World, body: JsonObject): void {
  const address = stringOf(body.address) ?? '';
  const six = body.type === 'routed_ipv6' || body.family === 'inet6';
  const id = text(body.id);
  const ip: IpRecord = {
    id,
    zone: text(body.zone),
    type: six ? 'routed_ipv6' : 'routed_ipv4',
    address: six ? (stringOf(body.prefix) ?? '2001:bc8:710:1::/64') : address,
    reverse: stringOf(body.reverse) ?? null,
    serverId: isObject(body.server) ? text(body.server.id) : null,
    dynamic: booleanOf(body.dynamic) ?? false,
    state: (stringOf(body.state) as IpRecord['state'] | undefined) ?? 'attached',
    ...ownerIn(world, body),
    tags: stringsOf(body.tags) ?? [],
    ipamId: stringOf(body.ipam_id) ?? id,
    // Older than anything made from now on.
    createdAtMs: 0,
  };
  world.ips.set(id, ip);
}

export function seedBlockVolume(world: World, body: JsonObject): void {
  const specs = isObject(body.specs) ? body.specs : {};
  world.blockVolumes.set(text(body.id), {
    id: text(body.id),
    zone: text(body.zone),
    name: stringOf(body.name) ?? 'volume',
    sizeBytes: numberOf(body.size) ?? DEFAULT_ROOT_BYTES,
    perfIops: numberOf(specs.perf_iops) ?? 5_000,
    project: ownerIn(world, body).project,
    tags: stringsOf(body.tags) ?? [],
    status: stringOf(body.status) ?? 'available',
    references: references(body.references),
    parentSnapshotId: stringOf(body.parent_snapshot_id) ?? null,
    createdAtMs: dateMs(body.created_at),
    updatedAtMs: dateMs(body.updated_at),
    lastDetachedAtMs: stringOf(body.last_detached_at) === undefined ? null : dateMs(body.last_detached_at),
    pendingUpdate: null,
    stuck: false,
  });
}

export function seedSnapshot(world: World, body: JsonObject): void {
  world.snapshots.set(text(body.id), {
    id: text(body.id),
    zone: text(body.zone),
    name: stringOf(body.name) ?? 'snapshot',
    sizeBytes: numberOf(body.size) ?? DEFAULT_ROOT_BYTES,
    project: ownerIn(world, body).project,
    tags: stringsOf(body.tags) ?? [],
    status: stringOf(body.status) ?? 'available',
    references: references(body.references),
    parentVolume: isObject(body.parent_volume) ? body.parent_volume : null,
    isPublic: booleanOf(body.public) ?? false,
    createdAtMs: dateMs(body.created_at),
    updatedAtMs: dateMs(body.updated_at),
  });
}

export function seedLocalVolume(world: World, body: JsonObject): void {
  const volume: LocalVolumeRecord = {
    id: text(body.id),
    zone: text(body.zone),
    name: stringOf(body.name) ?? 'volume',
    volumeType: stringOf(body.volume_type) ?? 'l_ssd',
    sizeBytes: numberOf(body.size) ?? DEFAULT_ROOT_BYTES,
    ...ownerIn(world, body),
    tags: stringsOf(body.tags) ?? [],
    state: stringOf(body.state) ?? 'available',
    serverId: isObject(body.server) ? text(body.server.id) : null,
    createdAtMs: dateMs(body.creation_date),
    modifiedAtMs: dateMs(body.modification_date),
  };
  world.localVolumes.set(volume.id, volume);
}

export function seedSecurityGroup(world: World, body: JsonObject): void {
  const id = text(body.id);
  if (world.securityGroups.has(id)) return;
  const name = stringOf(body.name) ?? 'group';
  world.securityGroups.set(id, {
    id,
    zone: text(body.zone),
    name,
    description: stringOf(body.description) ?? null,
    ...ownerIn(world, body),
    tags: stringsOf(body.tags) ?? [],
    stateful: booleanOf(body.stateful) ?? true,
    inboundPolicy: stringOf(body.inbound_default_policy) ?? 'accept',
    outboundPolicy: stringOf(body.outbound_default_policy) ?? 'accept',
    projectDefault: booleanOf(body.project_default) ?? name === 'Default security group',
    defaultSecurity: booleanOf(body.enable_default_security) ?? true,
    state: body.state === 'syncing' ? 'syncing' : 'available',
    rules: [],
    createdAtMs: dateMs(body.creation_date),
    modifiedAtMs: dateMs(body.modification_date),
  });
}

/** The editable rules of a group, as a rules list shows them. */
export function seedRules(group: SecurityGroupRecord, rules: Json[]): void {
  const shown = rules.filter(isObject);
  group.defaultSecurity = shown.some(rule => rule.editable === false);
  group.rules = shown.filter(rule => rule.editable !== false).map(seedRule);
}

export function seedSshKey(world: World, body: JsonObject): void {
  world.sshKeys.set(text(body.id), {
    id: text(body.id),
    name: text(body.name),
    publicKey: text(body.public_key),
    fingerprint: text(body.fingerprint),
    ...ownerIn(world, body),
    disabled: booleanOf(body.disabled) ?? false,
    createdAtMs: dateMs(body.created_at),
    updatedAtMs: dateMs(body.updated_at),
  });
}

export function seedLocalImage(world: World, body: JsonObject): void {
  world.localImages.push({
    id: text(body.id),
    arch: text(body.arch),
    zone: text(body.zone),
    label: text(body.label),
    type: stringOf(body.type) ?? 'instance_local',
    compatibleTypes: stringsOf(body.compatible_commercial_types) ?? [],
  });
}

/** Projects are known by being mentioned. */
export function ownerIn(world: World, body: JsonObject): {project: string; organization: string} {
  const project = stringOf(body.project) ?? stringOf(body.project_id) ?? world.defaultProject;
  const organization = stringOf(body.organization) ?? stringOf(body.organization_id);
  const known = world.projects.get(project) ?? addProject(world, project, 'project', organization);
  if (organization !== undefined) known.organization = organization;
  return {project, organization: known.organization};
}

function seedRule(rule: JsonObject): SecurityGroupRule {
  return {
    id: text(rule.id),
    protocol: text(rule.protocol),
    direction: text(rule.direction),
    action: text(rule.action),
    ipRange: text(rule.ip_range),
    portFrom: numberOf(rule.dest_port_from) ?? null,
    portTo: numberOf(rule.dest_port_to) ?? null,
    position: numberOf(rule.position) ?? 1,
    editable: true,
  };
}

function references(list: Json | undefined): BlockReference[] {
  return (Array.isArray(list) ? list : []).filter(isObject).map(reference => ({
    id: text(reference.id),
    type: reference.type === 'link' ? 'link' : 'exclusive',
    status: (stringOf(reference.status) ?? 'attached') as BlockReference['status'],
    productType: text(reference.product_resource_type),
    productId: text(reference.product_resource_id),
    createdAtMs: dateMs(reference.created_at),
  }));
}

export function dateMs(value: Json | undefined): number {
  const parsed = Date.parse(stringOf(value) ?? '');
  return Number.isNaN(parsed) ? 0 : parsed;
}

export function text(value: Json | undefined): string {
  return stringOf(value) ?? '';
}
