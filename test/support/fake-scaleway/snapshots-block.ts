import {type ApiCall, type Handler, jsonBody, noContent, ok, param, requiredString} from './api-call.ts';
import {blockVersion, findSnapshot} from './block-lookup.ts';
import {parentVolumeView, snapshotView} from './block-view.ts';
import {notFound, permissionsDenied, preconditionFailed} from './errors.ts';
import {fieldMatches, nameMatches, ordered, tagsMatch} from './filters.ts';
import {booleanOf, isObject, stringOf, stringsOf} from './json.ts';
import {bodyPage} from './pagination.ts';
import {ownerOf} from './projects.ts';
import type {BlockVolumeRecord, SnapshotRecord} from './records.ts';
import {SNAPSHOT_CREATED_AFTER_MS} from './timings.ts';
import type {World} from './world.ts';

export const createSnapshot: Handler = call => {
  const {world} = call;
  const body = jsonBody(call);
  const volumeId = requiredString(body, 'volume_id');
  const volume = world.blockVolumes.get(volumeId);
  if (volume === undefined || volume.zone !== param(call, 'zone')) throw notFound('volume', volumeId);
  const snapshot = takeSnapshot(world, volume, requiredString(body, 'name'), ownerOf(world, body).project);
  snapshot.tags = stringsOf(body.tags) ?? [];
  snapshot.isPublic = booleanOf(body.public) ?? false;
  return ok(snapshotView(snapshot, blockVersion(call)));
};

export const getSnapshot: Handler = call => {
  if (isMarketplaceSnapshot(call)) throw permissionsDenied('read', 'snapshot');
  return ok(snapshotView(findSnapshot(call), blockVersion(call)));
};

export const listSnapshots: Handler = call => {
  const {world, query} = call;
  const found = [...world.snapshots.values()].filter(
    snapshot =>
      snapshot.zone === param(call, 'zone') &&
      nameMatches(query, snapshot.name) &&
      tagsMatch(query, snapshot.tags) &&
      fieldMatches(query, 'project_id', snapshot.project) &&
      fieldMatches(query, 'volume_id', parentId(snapshot)),
  );
  const sorted = ordered(found, query.get('order_by') ?? 'created_at_asc', {
    created_at: snapshot => snapshot.createdAtMs,
    name: snapshot => snapshot.name,
  });
  const page = bodyPage(call, sorted, 50);
  const version = blockVersion(call);
  return ok({snapshots: page.items.map(snapshot => snapshotView(snapshot, version)), total_count: page.total});
};

export const updateSnapshot: Handler = call => {
  const snapshot = findSnapshot(call);
  const body = jsonBody(call);
  snapshot.name = stringOf(body.name) ?? snapshot.name;
  snapshot.tags = stringsOf(body.tags) ?? snapshot.tags;
  snapshot.updatedAtMs = call.world.clock.nowMs();
  return ok(snapshotView(snapshot, blockVersion(call)));
};

export const deleteSnapshot: Handler = call => {
  const {world} = call;
  const snapshot = findSnapshot(call);
  if (snapshot.references.length > 0) {
    throw preconditionFailed('block', 'protected_resource', 'Snapshot is currently in use, deletion is not permitted.');
  }
  world.snapshots.delete(snapshot.id);
  world.deletedBlock.set(snapshot.id, world.clock.nowMs());
  return noContent();
};

/** A new snapshot, `creating` for a moment; it is `in_use` afterwards when something refers to it. */
export function takeSnapshot(world: World, volume: BlockVolumeRecord, name: string, project: string): SnapshotRecord {
  const now = world.clock.nowMs();
  const snapshot: SnapshotRecord = {
    id: world.makeId(),
    zone: volume.zone,
    name,
    sizeBytes: volume.sizeBytes,
    project,
    tags: [],
    status: 'creating',
    references: [],
    parentVolume: parentVolumeView(volume),
    isPublic: false,
    createdAtMs: now,
    updatedAtMs: now,
  };
  world.snapshots.set(snapshot.id, snapshot);
  world.clock.schedule(SNAPSHOT_CREATED_AFTER_MS, `snapshot ${snapshot.id} created`, () => {
    for (const reference of snapshot.references) reference.status = 'attached';
    snapshot.status = snapshot.references.length > 0 ? 'in_use' : 'available';
  });
  return snapshot;
}

/** Snapshots behind the public images belong to Scaleway: they exist, but are not ours to read. */
function isMarketplaceSnapshot(call: ApiCall): boolean {
  const id = param(call, 'id');
  return [...call.world.images.values()].some(
    image => image.body.public === true && isObject(image.body.root_volume) && image.body.root_volume.id === id,
  );
}

function parentId(snapshot: SnapshotRecord): string | null {
  return stringOf(snapshot.parentVolume?.id) ?? null;
}
