import {type ApiCall, type ApiReply, type Handler, jsonBody, noContent, ok, param, requiredString} from './api-call.ts';
import {createBlockVolume, DEFAULT_IOPS, finishUpdate, planUpdate} from './block-lifecycle.ts';
import {blockVersion, findBlockVolume, sizeProblem} from './block-lookup.ts';
import {blockVolumeView} from './block-view.ts';
import {invalidArguments, notFound, preconditionFailed} from './errors.ts';
import {fieldMatches, nameMatches, ordered, tagsMatch} from './filters.ts';
import {isObject, type JsonObject, numberOf, stringOf, stringsOf} from './json.ts';
import {bodyPage} from './pagination.ts';
import {organizationOf, ownerOf} from './projects.ts';
import type {BlockVolumeRecord} from './records.ts';

const GB = 1_000_000_000;
const MAX_BYTES = 10_000 * GB;
const IOPS_CHOICES = [5_000, 15_000];

export const createVolume: Handler = call => {
  const body = jsonBody(call);
  const owner = ownerOf(call.world, body);
  const origin = readOrigin(call, body);
  const volume = createBlockVolume(call.world, {
    zone: param(call, 'zone'),
    name: requiredString(body, 'name'),
    sizeBytes: origin.sizeBytes,
    perfIops: checkedIops(numberOf(body.perf_iops) ?? DEFAULT_IOPS),
    project: owner.project,
    tags: stringsOf(body.tags) ?? [],
    parentSnapshotId: origin.snapshotId,
  });
  return ok(blockVolumeView(volume, blockVersion(call)));
};

export const getVolume: Handler = call => answer(call, findBlockVolume(call));

export const listVolumes: Handler = call => {
  const {world, query} = call;
  const references = (volume: BlockVolumeRecord): string => volume.references[0]?.productId ?? '';
  const found = [...world.blockVolumes.values()].filter(
    volume =>
      volume.zone === param(call, 'zone') &&
      nameMatches(query, volume.name) &&
      tagsMatch(query, volume.tags) &&
      fieldMatches(query, 'project_id', volume.project) &&
      fieldMatches(query, 'organization_id', organizationOf(world, volume.project)) &&
      fieldMatches(query, 'product_resource_id', references(volume)),
  );
  const sorted = ordered(found, query.get('order_by') ?? 'created_at_asc', {
    created_at: volume => volume.createdAtMs,
    name: volume => volume.name,
  });
  const page = bodyPage(call, sorted, 50);
  const version = blockVersion(call);
  return ok({volumes: page.items.map(volume => blockVolumeView(volume, version)), total_count: page.total});
};

export const updateVolume: Handler = call => {
  const volume = findBlockVolume(call);
  const body = jsonBody(call);
  finishUpdate(call.world, volume);
  const sizeBytes = numberOf(body.size);
  const perfIops = numberOf(body.perf_iops);
  if (sizeBytes !== undefined) checkGrowth(volume, sizeBytes);
  if (perfIops !== undefined) checkedIops(perfIops);
  volume.name = stringOf(body.name) ?? volume.name;
  volume.tags = stringsOf(body.tags) ?? volume.tags;
  volume.updatedAtMs = call.world.clock.nowMs();
  const changes: {sizeBytes?: number; perfIops?: number} = {
    ...(sizeBytes !== undefined && sizeBytes !== volume.sizeBytes && {sizeBytes}),
    ...(perfIops !== undefined && perfIops !== volume.perfIops && {perfIops}),
  };
  if (Object.keys(changes).length > 0) planUpdate(call.world, volume, changes);
  return answer(call, volume);
};

export const deleteVolume: Handler = call => {
  const {world} = call;
  const volume = findBlockVolume(call);
  const refused = world.faults.strike('volume_delete_refused', {zone: volume.zone, path: call.path}) !== undefined;
  if (refused || volume.references.length > 0) {
    throw preconditionFailed(
      'block',
      'resource_still_in_use',
      'Volume is currently in use, deletion is not permitted.',
    );
  }
  world.blockVolumes.delete(volume.id);
  world.deletedBlock.set(volume.id, world.clock.nowMs());
  return noContent();
};

function answer(call: ApiCall, volume: BlockVolumeRecord): ApiReply {
  return ok(blockVolumeView(volume, blockVersion(call)));
}

function readOrigin(call: ApiCall, body: JsonObject): {sizeBytes: number; snapshotId: string | null} {
  if (isObject(body.from_snapshot)) {
    const id = requiredString(body.from_snapshot, 'snapshot_id');
    const snapshot = call.world.snapshots.get(id);
    if (snapshot === undefined || snapshot.zone !== param(call, 'zone')) throw notFound('snapshot', id);
    const sizeBytes = numberOf(body.from_snapshot.size) ?? snapshot.sizeBytes;
    if (sizeBytes < snapshot.sizeBytes) throw belowSnapshot(sizeBytes, snapshot.sizeBytes);
    return {sizeBytes: checkedSize(sizeBytes), snapshotId: id};
  }
  const sizeBytes = isObject(body.from_empty) ? numberOf(body.from_empty.size) : undefined;
  if (sizeBytes !== undefined) return {sizeBytes: checkedSize(sizeBytes), snapshotId: null};
  throw invalidArguments({argument_name: 'from_empty', reason: 'required', help_message: 'required key not provided'});
}

function belowSnapshot(wanted: number, snapshot: number): Error {
  return preconditionFailed(
    'block',
    'resource_not_usable',
    'size, when provided, must be equal to or larger than the size of the source snapshot. ' +
      `Here the requested volume size is '${wanted}' whereas snapshot size is '${snapshot}'`,
  );
}

function checkGrowth(volume: BlockVolumeRecord, sizeBytes: number): void {
  if (sizeBytes < volume.sizeBytes) throw sizeProblem('a volume can only grow');
  checkedSize(sizeBytes);
}

function checkedSize(sizeBytes: number): number {
  if (sizeBytes >= GB && sizeBytes <= MAX_BYTES && sizeBytes % GB === 0) return sizeBytes;
  throw sizeProblem('must be a multiple of 1 GB between 1 GB and 10 TB');
}

function checkedIops(perfIops: number): number {
  if (IOPS_CHOICES.includes(perfIops)) return perfIops;
  throw invalidArguments({argument_name: 'perf_iops', reason: 'constraint', help_message: 'must be 5000 or 15000'});
}
