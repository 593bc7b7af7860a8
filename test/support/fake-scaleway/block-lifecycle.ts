import {numberOf} from './json.ts';
import type {BlockVolumeRecord} from './records.ts';
import {BLOCK_VOLUME_CREATED_AFTER_MS, BLOCK_VOLUME_UPDATED_AFTER_MS, DETACHED_AFTER_MS} from './timings.ts';
import type {World} from './world.ts';

export interface NewBlockVolume {
  zone: string;
  name: string;
  sizeBytes: number;
  perfIops?: number;
  project: string;
  tags?: string[];
  parentSnapshotId?: string | null;
}

export const DEFAULT_IOPS = 5_000;

/** A new volume, `creating` for a moment. */
export function createBlockVolume(world: World, wanted: NewBlockVolume): BlockVolumeRecord {
  const now = world.clock.nowMs();
  const volume: BlockVolumeRecord = {
    id: world.makeId(),
    zone: wanted.zone,
    name: wanted.name,
    sizeBytes: wanted.sizeBytes,
    perfIops: wanted.perfIops ?? DEFAULT_IOPS,
    project: wanted.project,
    tags: wanted.tags ?? [],
    status: 'creating',
    references: [],
    parentSnapshotId: wanted.parentSnapshotId ?? null,
    createdAtMs: now,
    updatedAtMs: now,
    lastDetachedAtMs: null,
    pendingUpdate: null,
    stuck: false,
  };
  world.blockVolumes.set(volume.id, volume);
  world.clock.schedule(BLOCK_VOLUME_CREATED_AFTER_MS, `volume ${volume.id} created`, () => {
    if (volume.status === 'creating') volume.status = settledStatus(volume);
  });
  return volume;
}

export function attachToServer(world: World, volume: BlockVolumeRecord, serverId: string): void {
  const now = world.clock.nowMs();
  volume.references = [
    {
      id: world.makeId(),
      type: 'exclusive',
      status: 'attached',
      productType: 'instance_server',
      productId: serverId,
      createdAtMs: now,
    },
  ];
  volume.status = 'in_use';
  volume.updatedAtMs = now;
}

/** The reference is on its way out; the volume stays `in_use` until `finishDetach`. */
export function startDetach(volume: BlockVolumeRecord): void {
  for (const reference of volume.references) reference.status = 'detaching';
}

/** Plans the end of a detach; the slow_detach switch makes it last. */
export function planDetachEnd(world: World, volume: BlockVolumeRecord, afterMs: number = DETACHED_AFTER_MS): void {
  const slow = world.faults.strike('slow_detach', {zone: volume.zone});
  const delayMs = numberOf(slow?.settings.delayMs) ?? afterMs;
  world.clock.schedule(delayMs, `volume ${volume.id} detached`, atMs => {
    volume.references = [];
    if (volume.status === 'in_use') volume.status = 'available';
    volume.lastDetachedAtMs = atMs;
    volume.updatedAtMs = atMs;
  });
}

/** Size and performance change a little later; until then the answer has `updating` and the old values. */
export function planUpdate(
  world: World,
  volume: BlockVolumeRecord,
  wanted: {sizeBytes?: number; perfIops?: number},
): void {
  volume.pendingUpdate = wanted;
  volume.status = 'updating';
  if (world.faults.strike('resize_stuck', {zone: volume.zone}) !== undefined) volume.stuck = true;
  world.clock.schedule(BLOCK_VOLUME_UPDATED_AFTER_MS, `volume ${volume.id} updated`, atMs => {
    if (volume.pendingUpdate === wanted && !volume.stuck) applyUpdate(volume, atMs);
  });
}

/** Updates are applied one after the other: a new one first waits for the one under way. */
export function finishUpdate(world: World, volume: BlockVolumeRecord): void {
  if (volume.pendingUpdate !== null && !volume.stuck) applyUpdate(volume, world.clock.nowMs());
}

function applyUpdate(volume: BlockVolumeRecord, atMs: number): void {
  volume.sizeBytes = volume.pendingUpdate?.sizeBytes ?? volume.sizeBytes;
  volume.perfIops = volume.pendingUpdate?.perfIops ?? volume.perfIops;
  volume.pendingUpdate = null;
  volume.updatedAtMs = atMs;
  volume.status = settledStatus(volume);
}

function settledStatus(volume: BlockVolumeRecord): string {
  return volume.references.length > 0 ? 'in_use' : 'available';
}
