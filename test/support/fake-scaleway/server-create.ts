import {type ApiCall, jsonBody, param} from './api-call.ts';
import {archOf, findType} from './catalog.ts';
import {type ArgumentProblem, invalidArguments, notFound, preconditionFailed} from './errors.ts';
import {isUuid} from './ids.ts';
import {attachIp} from './ip-lifecycle.ts';
import {booleanOf, isObject, type JsonObject, stringOf, stringsOf} from './json.ts';
import {ownerOf} from './projects.ts';
import type {ImageRecord, ServerRecord} from './records.ts';
import {defaultSecurityGroup} from './security-group-defaults.ts';
import {addVolumes} from './server-create-volumes.ts';
import type {World} from './world.ts';

const REQUIRED = {reason: 'required', help_message: 'required key not provided'} as const;

/** POST servers: a stopped server with its volumes, IPs and security group. Everything is checked before anything is made. */
export function createServer(call: ApiCall): ServerRecord {
  const {world} = call;
  const body = jsonBody(call);
  const zone = param(call, 'zone');
  checkRequired(body);
  const owner = ownerOf(world, body);
  const commercialType = stringOf(body.commercial_type) ?? '';
  const type = findType(world.catalog, zone, commercialType);
  if (type === undefined || world.catalog.types.get(zone)?.get(commercialType) === undefined) {
    throw invalidArguments({
      argument_name: 'commercial_type',
      reason: 'constraint',
      help_message: `${commercialType} is not a valid commercial type in ${zone}`,
    });
  }
  const image = findImage(world, zone, body, commercialType);
  const ips = (
    stringsOf(body.public_ips) ?? (stringOf(body.public_ip) === undefined ? [] : [String(body.public_ip)])
  ).map(id => {
    const ip = world.ips.get(id);
    if (ip === undefined || ip.zone !== zone) throw notFound('instance_ip', id);
    return ip;
  });
  const groupId = groupOf(body);
  if (groupId !== undefined && world.securityGroups.get(groupId)?.zone !== zone) {
    throw notFound('instance_security_group', groupId);
  }
  const templates = volumeTemplates(body);
  for (const template of templates.values()) checkVolumeReference(world, template);

  const now = world.clock.nowMs();
  const id = world.makeId();
  const server: ServerRecord = {
    id,
    zone,
    name: stringOf(body.name) ?? `srv-${id.slice(0, 8)}`,
    commercialType,
    arch: stringOf(image?.body.arch) ?? archOf(type),
    bootType: stringOf(body.boot_type) ?? 'local',
    ...owner,
    image,
    volumes: new Map(),
    tags: stringsOf(body.tags) ?? [],
    state: 'stopped',
    stateDetail: '',
    beingDeleted: false,
    protected: booleanOf(body.protected) ?? false,
    dynamicIpRequired: booleanOf(body.dynamic_ip_required) ?? true,
    macAddress: makeMac(world.nextNumber()),
    location: null,
    securityGroupId: groupId ?? defaultSecurityGroup(world, zone, owner).id,
    userData: new Map(),
    createdAtMs: now,
    modifiedAtMs: now,
    generation: 0,
  };
  world.servers.set(id, server);
  addVolumes(world, server, templates);
  for (const ip of ips) attachIp(world, ip, server);
  return server;
}

function checkRequired(body: JsonObject): void {
  const problems: ArgumentProblem[] = [];
  if (stringOf(body.commercial_type) === undefined) problems.push({argument_name: 'commercial_type', ...REQUIRED});
  if (stringOf(body.image) === undefined && !isObject(body.volumes)) {
    problems.push({argument_name: 'image', ...REQUIRED}, {argument_name: 'volumes', ...REQUIRED});
  }
  if (stringOf(body.name) === undefined) problems.push({argument_name: 'name', ...REQUIRED});
  if (problems.length > 0) throw invalidArguments(...problems);
}

/** By id, or by marketplace label: then the one of that zone, for that type, on Block Storage. */
function findImage(world: World, zone: string, body: JsonObject, commercialType: string): ImageRecord | null {
  const wanted = stringOf(body.image);
  if (wanted === undefined) return null;
  const id = isUuid(wanted)
    ? wanted
    : world.localImages
        .filter(
          local => local.label === wanted && local.zone === zone && local.compatibleTypes.includes(commercialType),
        )
        .sort((left, right) => right.type.localeCompare(left.type))[0]?.id;
  const image = id === undefined ? undefined : world.images.get(id);
  if (image === undefined || image.zone !== zone) throw notFound('instance_image', wanted);
  if (world.faults.strike('local_root', {type: commercialType, zone}) === undefined) return image;
  return withLocalRoot(image);
}

function withLocalRoot(image: ImageRecord): ImageRecord {
  const root = isObject(image.body.root_volume) ? image.body.root_volume : {};
  const local = {...root, volume_type: 'l_ssd', name: image.body.name ?? '', size: image.rootSizeBytes};
  return {...image, body: {...image.body, root_volume: local}};
}

function groupOf(body: JsonObject): string | undefined {
  if (isObject(body.security_group)) return stringOf(body.security_group.id);
  return stringOf(body.security_group);
}

function volumeTemplates(body: JsonObject): Map<string, JsonObject> {
  const volumes = isObject(body.volumes) ? body.volumes : {};
  return new Map(Object.entries(volumes).flatMap(([slot, value]) => (isObject(value) ? [[slot, value] as const] : [])));
}

function checkVolumeReference(world: World, template: JsonObject): void {
  const id = stringOf(template.id);
  if (id === undefined) return;
  const block = world.blockVolumes.get(id);
  const local = world.localVolumes.get(id);
  if (block === undefined && local === undefined) throw notFound('instance_volume', id);
  if ((block?.references.length ?? 0) > 0 || (local !== undefined && local.serverId !== null)) {
    throw preconditionFailed('instance', 'resource_still_in_use', `volume ${id} is attached to another server`);
  }
}

function makeMac(number: number): string {
  const hex = number.toString(16).padStart(8, '0');
  return `de:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}`;
}
