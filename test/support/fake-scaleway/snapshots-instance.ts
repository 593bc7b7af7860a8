import {type Handler, jsonBody, noContent, ok, param, requiredString} from './api-call.ts';
import {instanceDate} from './dates.ts';
import {notFound} from './errors.ts';
import {fieldMatches, nameMatches, tagsMatch} from './filters.ts';
import {findInZone} from './instance-lookup.ts';
import {type JsonObject, stringOf, stringsOf} from './json.ts';
import {instancePage} from './pagination.ts';
import {ownerOf} from './projects.ts';
import type {LocalSnapshotRecord} from './records.ts';
import type {World} from './world.ts';

/** Snapshots of local volumes. They are there at once. */
export const createSnapshot: Handler = call => {
  const {world} = call;
  const body = jsonBody(call);
  const volumeId = requiredString(body, 'volume_id');
  const volume = world.localVolumes.get(volumeId);
  if (volume === undefined || volume.zone !== param(call, 'zone')) throw notFound('instance_volume', volumeId);
  const now = world.clock.nowMs();
  const snapshot: LocalSnapshotRecord = {
    id: world.makeId(),
    zone: volume.zone,
    name: requiredString(body, 'name'),
    volumeType: stringOf(body.volume_type) ?? volume.volumeType,
    sizeBytes: volume.sizeBytes,
    ...ownerOf(world, body),
    tags: stringsOf(body.tags) ?? [],
    state: 'available',
    baseVolumeId: volumeId,
    createdAtMs: now,
    modifiedAtMs: now,
  };
  world.localSnapshots.set(snapshot.id, snapshot);
  const task = {
    id: world.makeId(),
    description: 'volume_snapshot',
    status: 'pending',
    href_from: '/snapshots',
    href_result: `snapshots/${snapshot.id}`,
    started_at: instanceDate(now),
    terminated_at: null,
    progress: 0,
    zone: snapshot.zone,
  };
  return {status: 201, body: {snapshot: view(world, snapshot), task}};
};

export const listSnapshots: Handler = call => {
  const {world, query} = call;
  const found = [...world.localSnapshots.values()].filter(
    snapshot =>
      snapshot.zone === param(call, 'zone') &&
      nameMatches(query, snapshot.name) &&
      tagsMatch(query, snapshot.tags) &&
      fieldMatches(query, 'project', snapshot.project) &&
      fieldMatches(query, 'base_volume_id', snapshot.baseVolumeId),
  );
  const page = instancePage(call, found);
  return ok({snapshots: page.items.map(snapshot => view(world, snapshot))}, page.headers);
};

export const getSnapshot: Handler = call =>
  ok({snapshot: view(call.world, findInZone(call, call.world.localSnapshots, 'instance_snapshot'))});

export const updateSnapshot: Handler = call => {
  const {world} = call;
  const snapshot = findInZone(call, world.localSnapshots, 'instance_snapshot');
  const body = jsonBody(call);
  snapshot.name = stringOf(body.name) ?? snapshot.name;
  snapshot.tags = stringsOf(body.tags) ?? snapshot.tags;
  snapshot.modifiedAtMs = world.clock.nowMs();
  return ok({snapshot: view(world, snapshot)});
};

export const deleteSnapshot: Handler = call => {
  const snapshot = findInZone(call, call.world.localSnapshots, 'instance_snapshot');
  call.world.localSnapshots.delete(snapshot.id);
  return noContent();
};

function view(world: World, snapshot: LocalSnapshotRecord): JsonObject {
  const base = snapshot.baseVolumeId === null ? undefined : world.localVolumes.get(snapshot.baseVolumeId);
  return {
    id: snapshot.id,
    name: snapshot.name,
    volume_type: snapshot.volumeType,
    creation_date: instanceDate(snapshot.createdAtMs),
    modification_date: instanceDate(snapshot.modifiedAtMs),
    organization: snapshot.organization,
    project: snapshot.project,
    size: snapshot.sizeBytes,
    state: snapshot.state,
    base_volume: base === undefined ? null : {id: base.id, name: base.name},
    tags: snapshot.tags,
    zone: snapshot.zone,
    error_details: null,
  };
}
