import {utcDate, utcDateOrNull} from './dates.ts';
import type {JsonObject} from './json.ts';
import type {BlockReference, BlockVolumeRecord, SnapshotRecord} from './records.ts';

/** Version of the Block API in the path: the older one lacks a few fields. */
export type BlockVersion = 'v1' | 'v1alpha1';

const MANY_IOPS = 15_000;

export function blockVolumeView(volume: BlockVolumeRecord, version: BlockVersion): JsonObject {
  return {
    id: volume.id,
    name: volume.name,
    type: volumeTypeName(volume.perfIops),
    size: volume.sizeBytes,
    project_id: volume.project,
    created_at: utcDate(volume.createdAtMs),
    updated_at: utcDate(volume.updatedAtMs),
    references: volume.references.map(referenceView),
    parent_snapshot_id: volume.parentSnapshotId,
    status: volume.status,
    tags: volume.tags,
    specs: {perf_iops: volume.perfIops, class: 'sbs'},
    last_detached_at: utcDateOrNull(volume.lastDetachedAtMs),
    ...(version === 'v1' && {kms_key_id: null}),
    zone: volume.zone,
  };
}

export function snapshotView(snapshot: SnapshotRecord, version: BlockVersion): JsonObject {
  return {
    id: snapshot.id,
    name: snapshot.name,
    parent_volume: snapshot.parentVolume,
    size: snapshot.sizeBytes,
    project_id: snapshot.project,
    created_at: utcDate(snapshot.createdAtMs),
    updated_at: utcDate(snapshot.updatedAtMs),
    references: snapshot.references.map(referenceView),
    status: snapshot.status,
    tags: snapshot.tags,
    class: 'sbs',
    ...(version === 'v1' && {public: snapshot.isPublic}),
    zone: snapshot.zone,
  };
}

/** What a snapshot says about the volume it was taken from. */
export function parentVolumeView(volume: BlockVolumeRecord): JsonObject {
  return {id: volume.id, name: volume.name, type: volumeTypeName(volume.perfIops), status: volume.status};
}

function referenceView(reference: BlockReference): JsonObject {
  return {
    id: reference.id,
    product_resource_type: reference.productType,
    product_resource_id: reference.productId,
    created_at: utcDate(reference.createdAtMs),
    type: reference.type,
    status: reference.status,
  };
}

function volumeTypeName(perfIops: number): string {
  return perfIops >= MANY_IOPS ? 'sbs_15k' : 'sbs_5k';
}
