import {isObject, type JsonObject, parseJson, stringOf} from '../json.ts';
import type {World} from '../world.ts';
import type {IdMap} from './id-map.ts';
import type {Kind} from './kinds.ts';
import * as records from './seed-records.ts';
import {seedImage, seedServer} from './seed-server.ts';

/** True when the fake has it now. */
export function isInWorld(world: World, ids: IdMap, kind: Kind, recordedId: string): boolean {
  const id = ids.get(recordedId) ?? recordedId;
  switch (kind) {
    case 'server':
      return world.servers.has(id);
    case 'localVolume':
      return world.localVolumes.has(id);
    case 'ip':
      return world.ips.has(id) || [...world.ips.values()].some(ip => ip.address === id);
    case 'securityGroup':
      return world.securityGroups.has(id);
    case 'image':
      return world.images.has(id);
    case 'blockVolume':
      return world.blockVolumes.has(id);
    case 'snapshot':
      return world.snapshots.has(id);
    case 'sshKey':
      return world.sshKeys.has(id);
    case 'iamGroup':
      return world.iamGroups.has(id);
    case 'marketplaceImage':
      return world.marketplaceImages.some(image => image.id === id);
    case 'localImage':
      return world.localImages.some(image => image.id === id);
  }
}

/** Puts a thing in the world as shown, with the id it has in the recording. */
export function seedItem(world: World, ids: IdMap, kind: Kind, shown: JsonObject): void {
  const id = stringOf(shown.id) ?? '';
  if (id === '') return;
  ids.pair(id, id);
  // What it refers to may be something the recording created, which has another id here.
  const translated = parseJson(ids.translate(JSON.stringify(shown)));
  const item = isObject(translated) ? translated : shown;
  const put: Record<Kind, () => void> = {
    server: () => {
      pairInside(ids, item);
      seedServer(world, item);
    },
    localVolume: () => records.seedLocalVolume(world, item),
    ip: () => {
      if (isObject(item.server)) seedOwnerOfIp(world, ids, item.server, item);
      records.seedIp(world, item);
    },
    securityGroup: () => records.seedSecurityGroup(world, item),
    image: () => void seedImage(world, item),
    blockVolume: () => records.seedBlockVolume(world, item),
    snapshot: () => records.seedSnapshot(world, item),
    sshKey: () => records.seedSshKey(world, item),
    iamGroup: () => void world.iamGroups.set(id, {...item}),
    marketplaceImage: () => void world.marketplaceImages.push(item),
    localImage: () => records.seedLocalImage(world, item),
  };
  put[kind]();
}

/** Ids inside a server put in the world as it is: they are the fake's ids too. */
function pairInside(ids: IdMap, server: JsonObject): void {
  const ips = Array.isArray(server.public_ips) ? server.public_ips : [];
  const volumes = isObject(server.volumes) ? Object.values(server.volumes) : [];
  for (const item of [...ips, ...volumes, server.image, server.security_group]) {
    const id = isObject(item) ? stringOf(item.id) : undefined;
    if (id !== undefined && !ids.has(id)) ids.pair(id, id);
  }
}

function seedOwnerOfIp(world: World, ids: IdMap, server: JsonObject, ip: JsonObject): void {
  const id = stringOf(server.id) ?? '';
  if (world.servers.has(id)) return;
  ids.pair(id, id);
  const {zone = null, project = null, organization = null} = ip;
  seedServer(world, {...server, zone, project, organization, state: 'stopped', commercial_type: 'DEV1-S'});
}
