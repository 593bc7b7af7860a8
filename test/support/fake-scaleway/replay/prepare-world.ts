import {isObject, type JsonObject, numberOf, parseJson, stringOf} from '../json.ts';
import type {World} from '../world.ts';
import {sightingsIn} from './kinds.ts';
import type {Interaction} from './recording.ts';
import {ownerIn} from './seed-records.ts';
import {seedImage} from './seed-server.ts';

/** What can be told of the account before the first call: it is empty, whose it is, and how big its images are. */
export function prepareWorld(world: World, interactions: Interaction[]): void {
  for (const {path, status} of interactions) {
    const zone = /\/zones\/([^/]+)/.exec(path)?.[1];
    if (zone !== undefined && status < 400) world.zones.add(zone);
  }
  emptyWhatIsShown(world, interactions);
  learnOwners(world, interactions);
  learnImageSizes(world, interactions);
}

/** An empty account, except that image labels the recording never lists stay available. */
function emptyWhatIsShown(world: World, interactions: Interaction[]): void {
  world.sshKeys.clear();
  for (const {path, query, status, body} of interactions) {
    if (status !== 200) continue;
    if (path.startsWith('/marketplace/v2/images')) world.marketplaceImages = [];
    if (path !== '/marketplace/v2/local-images') continue;
    const shown = sightingsIn('localImage', body).map(image => image.label);
    const label = query.get('image_label');
    world.localImages = world.localImages.filter(
      image => label !== null && image.label !== label && !shown.includes(image.label),
    );
  }
}

function learnOwners(world: World, interactions: Interaction[]): void {
  let first: string | undefined;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isObject(value)) return;
    const project = stringOf(value.project) ?? stringOf(value.project_id);
    if (project !== undefined && value.public !== true) {
      ownerIn(world, value);
      first ??= project;
    }
    Object.values(value).forEach(visit);
  };
  for (const {requestBody, body} of interactions) {
    visit(parseJson(requestBody ?? ''));
    visit(body);
  }
  world.defaultProject = first ?? world.defaultProject;
}

/** The size of the snapshot behind an image shows only in the volumes made from it. */
function learnImageSizes(world: World, interactions: Interaction[]): void {
  const sizes = snapshotSizes(interactions);
  for (const {body, method, requestBody} of interactions) {
    for (const server of sightingsIn('server', body)) {
      if (!isObject(server.image)) continue;
      const image = seedImage(world, server.image);
      const snapshot = isObject(image.body.root_volume) ? stringOf(image.body.root_volume.id) : undefined;
      const askedForSize = method === 'POST' && (requestBody ?? '').includes('"size"');
      const size = sizes.get(snapshot ?? '') ?? (askedForSize ? undefined : sizes.get(rootVolumeId(server)));
      if (size !== undefined) image.rootSizeBytes = size;
    }
  }
}

/** By id of a snapshot, or of the volume a snapshot was taken from. */
function snapshotSizes(interactions: Interaction[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const {body} of interactions) {
    for (const volume of sightingsIn('blockVolume', body)) {
      const snapshot = stringOf(volume.parent_snapshot_id);
      const size = numberOf(volume.size);
      if (snapshot !== undefined && size !== undefined && !sizes.has(snapshot)) sizes.set(snapshot, size);
    }
    for (const snapshot of sightingsIn('snapshot', body)) {
      const parent = isObject(snapshot.parent_volume) ? stringOf(snapshot.parent_volume.id) : undefined;
      const size = numberOf(snapshot.size);
      if (parent !== undefined && size !== undefined) sizes.set(parent, size);
    }
  }
  return sizes;
}

function rootVolumeId(server: JsonObject): string {
  const root = isObject(server.volumes) ? server.volumes['0'] : undefined;
  return (isObject(root) ? stringOf(root.id) : undefined) ?? '';
}
