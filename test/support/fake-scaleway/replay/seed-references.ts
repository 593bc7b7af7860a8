import {isObject, type JsonObject, numberOf, parseJson, stringOf} from '../json.ts';
import type {World} from '../world.ts';
import type {IdMap} from './id-map.ts';
import {type Kind, sightingsIn} from './kinds.ts';
import type {Interaction} from './recording.ts';
import {seedLocalImage} from './seed-records.ts';
import {seedImage, seedType} from './seed-server.ts';

/** Something a call refers to: as shown, or only by its id. */
export interface Reference {
  kind: Kind;
  id: string;
  item?: JsonObject;
}

/**
 * What a creation or a change refers to and that must be there before: image, IPs, volumes, group, snapshot, server.
 * `later` starts with the call itself.
 */
export function referencesOf(world: World, ids: IdMap, kind: Kind, later: Interaction[]): Reference[] {
  const interaction = later[0];
  if (interaction === undefined) return [];
  const request = parseJson(interaction.requestBody ?? '');
  const wanted = isObject(request) ? request : {};
  const zone = /\/zones\/([^/]+)/.exec(interaction.path)?.[1] ?? '';
  const references = byId(kind, wanted);
  for (const server of kind === 'server' ? sightingsIn('server', interaction.body) : []) {
    seedType(world, zone, stringOf(server.commercial_type) ?? '', localRootSize(server));
    if (isObject(server.image)) learnImage(world, ids, server.image, wanted, zone);
    references.push(
      ...ipsOf(server, zone),
      ...groupOf(server, wanted, zone),
      ...volumesOf(server, wanted, zone, later),
    );
  }
  return references;
}

/** A local root fills the local storage of its type, so it tells the size of an unknown type. */
function localRootSize(server: JsonObject): number | undefined {
  const root = isObject(server.volumes) ? server.volumes['0'] : undefined;
  return isObject(root) && root.volume_type === 'l_ssd' ? numberOf(root.size) : undefined;
}

function byId(kind: Kind, wanted: JsonObject): Reference[] {
  const found: [Kind, string | undefined][] = [
    ['snapshot', isObject(wanted.from_snapshot) ? stringOf(wanted.from_snapshot.snapshot_id) : undefined],
    ['blockVolume', kind === 'snapshot' ? stringOf(wanted.volume_id) : undefined],
    ['server', kind === 'ip' ? stringOf(wanted.server) : undefined],
  ];
  return found.flatMap(([what, id]) => (id === undefined ? [] : [{kind: what, id}]));
}

function ipsOf(server: JsonObject, zone: string): Reference[] {
  const ips = Array.isArray(server.public_ips) ? server.public_ips.filter(isObject) : [];
  return ips
    .filter(ip => ip.dynamic !== true)
    .map(ip => {
      const item = {...ip, zone, project: server.project ?? null, server: null, state: 'detached'};
      return {kind: 'ip', id: String(ip.id), item};
    });
}

/** Only a group that was asked for: the default one is the fake's own. */
function groupOf(server: JsonObject, wanted: JsonObject, zone: string): Reference[] {
  const group = server.security_group;
  const asked = isObject(wanted.security_group) ? wanted.security_group.id : wanted.security_group;
  if (!isObject(group) || stringOf(asked) !== group.id) return [];
  return [{kind: 'securityGroup', id: String(group.id), item: {...group, zone, project: server.project ?? null}}];
}

/** Volumes given by id at creation: as they are shown elsewhere, and attached to nothing yet. */
function volumesOf(server: JsonObject, wanted: JsonObject, zone: string, later: Interaction[]): Reference[] {
  const templates = isObject(wanted.volumes) ? wanted.volumes : {};
  const shown = isObject(server.volumes) ? server.volumes : {};
  return Object.entries(templates).flatMap(([slot, template]): Reference[] => {
    const id = isObject(template) ? stringOf(template.id) : undefined;
    const volume = shown[slot];
    if (id === undefined || !isObject(volume)) return [];
    const kind = volume.volume_type === 'sbs_volume' ? 'blockVolume' : 'localVolume';
    const sighting = later.flatMap(({body}) => sightingsIn(kind, body)).find(item => item.id === id);
    const loose = {server: null, references: [], status: 'available'};
    return [{kind, id, item: {...volume, zone, project: server.project ?? null, ...sighting, ...loose}}];
  });
}

/** The image of a new server, and its label when the client asked by label. */
function learnImage(world: World, ids: IdMap, shown: JsonObject, wanted: JsonObject, zone: string): void {
  const image = seedImage(world, shown);
  ids.pair(image.id, image.id);
  const label = stringOf(wanted.image);
  if (label === undefined || label === image.id || world.localImages.some(local => local.id === image.id)) return;
  const root = isObject(shown.root_volume) ? shown.root_volume.volume_type : undefined;
  const type = root === 'sbs_snapshot' ? 'instance_sbs' : 'instance_local';
  const types = [stringOf(wanted.commercial_type) ?? ''];
  world.localImages = world.localImages.filter(local => local.label !== label || local.zone !== zone);
  seedLocalImage(world, {...shown, zone, label, type, compatible_commercial_types: types});
}
