import {type Handler, noContent, ok, param} from './api-call.ts';
import {instanceDate} from './dates.ts';
import {fieldMatches, nameMatches} from './filters.ts';
import {findInZone} from './instance-lookup.ts';
import {stringOf} from './json.ts';
import {instancePage} from './pagination.ts';
import type {ImageRecord, ServerRecord} from './records.ts';
import {takeSnapshot} from './snapshots-block.ts';
import {IMAGE_RELEASES_SNAPSHOT_AFTER_MS} from './timings.ts';
import type {World} from './world.ts';

export const getImage: Handler = call => ok({image: findInZone(call, call.world.images, 'instance_image').body});

export const listImages: Handler = call => {
  const {world, query} = call;
  const found = [...world.images.values()].filter(
    image =>
      image.zone === param(call, 'zone') &&
      nameMatches(query, stringOf(image.body.name) ?? '') &&
      fieldMatches(query, 'project', stringOf(image.body.project) ?? null) &&
      fieldMatches(query, 'arch', stringOf(image.body.arch) ?? null) &&
      fieldMatches(query, 'public', String(image.body.public)),
  );
  const page = instancePage(call, found);
  return ok({images: page.items.map(image => image.body)}, page.headers);
};

/** The snapshots of the image stay, and for a while they still count as used by it. */
export const deleteImage: Handler = call => {
  const {world} = call;
  const image = findInZone(call, world.images, 'instance_image');
  world.images.delete(image.id);
  world.clock.schedule(IMAGE_RELEASES_SNAPSHOT_AFTER_MS, `image ${image.id} releases its snapshots`, () => {
    for (const snapshot of world.snapshots.values()) {
      snapshot.references = snapshot.references.filter(reference => reference.productId !== image.id);
      if (snapshot.references.length === 0 && snapshot.status === 'in_use') snapshot.status = 'available';
    }
  });
  return noContent();
};

/** An image of the root volume, made from a snapshot that the image then holds. */
export function backupServer(world: World, server: ServerRecord, name: string): ImageRecord {
  const now = world.clock.nowMs();
  const id = world.makeId();
  const root = world.blockVolumes.get(server.volumes.get('0')?.id ?? '');
  const snapshot = root === undefined ? undefined : takeSnapshot(world, root, `${name}_snap_0`, server.project);
  snapshot?.references.push({
    id: world.makeId(),
    type: 'link',
    status: 'creating',
    productType: 'instance_image',
    productId: id,
    createdAtMs: now,
  });
  const image: ImageRecord = {
    id,
    zone: server.zone,
    rootSizeBytes: root?.sizeBytes ?? server.image?.rootSizeBytes ?? 0,
    body: {
      id,
      name,
      organization: server.organization,
      project: server.project,
      root_volume:
        snapshot === undefined
          ? (server.image?.body.root_volume ?? null)
          : {volume_type: 'sbs_snapshot', id: snapshot.id, size: 0, name: ''},
      extra_volumes: {},
      public: false,
      arch: server.arch,
      creation_date: instanceDate(now),
      modification_date: instanceDate(now),
      default_bootscript: null,
      from_server: server.id,
      state: 'available',
      tags: [],
      zone: server.zone,
    },
  };
  world.images.set(id, image);
  return image;
}
