import type {CloudVolume, Page} from '../wire.ts';
import {invalid, notFound, precondition} from './cloud-error.ts';
import {faultDelayMs} from './faults.ts';
import {drawLatencyMs} from './latency.ts';
import {requireQuota, requireZone} from './market.ts';
import type {Operation} from './operation.ts';
import {integerField, optionalText, page, textField, textList} from './operation.ts';
import type {VolumeRecord} from './state.ts';

const bytesPerGb = 1_000_000_000;
const volumeBytesMax = 10_000 * bytesPerGb;

export function createVolume(operation: Operation): CloudVolume {
  const {state, zone, nowMs} = operation;
  requireZone(zone);
  const sizeBytes = requireSize(integerField(operation, 'sizeBytes') ?? bytesPerGb);
  requireQuota(state, 'volumeGb', sizeBytes / bytesPerGb);
  const volume: VolumeRecord = {
    id: operation.newId(),
    zone,
    createdAtMs: nowMs,
    boot: false,
    volumeType: 'mock_block',
    iops: 5_000,
    name: textField(operation, 'name'),
    tags: textList(operation, 'tags') ?? [],
    sizeBytes,
    resize: null,
    serverId: null,
    detachAtMs: null,
  };
  state.volumes[volume.id] = volume;
  return viewVolume(volume);
}

export function readVolume(operation: Operation): CloudVolume {
  return viewVolume(findVolume(operation));
}

export function listVolumes(operation: Operation): Page<CloudVolume> {
  requireZone(operation.zone);
  return page(operation, Object.values(operation.state.volumes).map(viewVolume));
}

/** Renames, tags, grows. Growing answers at once with the old size; the new one shows when the volume leaves `updating`. */
export function updateVolume(operation: Operation): CloudVolume {
  const {state, nowMs, faults} = operation;
  const volume = findVolume(operation);
  const sizeBytes = integerField(operation, 'sizeBytes');
  if (sizeBytes !== undefined && sizeBytes !== volume.resize?.sizeBytes && sizeBytes !== volume.sizeBytes) {
    requireSize(sizeBytes);
    if (volume.resize !== null) throw precondition('resource_not_usable', 'volume is being resized');
    if (sizeBytes < volume.sizeBytes) throw invalid(`sizeBytes: a volume cannot shrink from ${volume.sizeBytes}`);
    requireQuota(state, 'volumeGb', (sizeBytes - volume.sizeBytes) / bytesPerGb);
    const isStuck = faults.some(fault => fault.kind === 'stuck-resize');
    const durationMs = drawLatencyMs(state, 'resize') + faultDelayMs(faults, 'slow-resize');
    volume.resize = {sizeBytes, atMs: isStuck ? Number.MAX_SAFE_INTEGER : nowMs + durationMs};
  }
  volume.name = optionalText(operation, 'name') ?? volume.name;
  volume.tags = textList(operation, 'tags') ?? volume.tags;
  return viewVolume(volume);
}

export function deleteVolume(operation: Operation): null {
  const volume = findVolume(operation);
  if (volume.serverId !== null) throw precondition('resource_still_in_use', 'volume is attached to a server');
  delete operation.state.volumes[volume.id];
  return null;
}

export function viewVolume(volume: VolumeRecord): CloudVolume {
  const {id, name, zone, volumeType, sizeBytes, iops, serverId, tags, createdAtMs} = volume;
  const status = volume.resize !== null ? 'updating' : serverId !== null ? 'in_use' : 'available';
  return {id, name, zone, volumeType, status, sizeBytes, iops, serverId, tags, createdAtMs};
}

function findVolume({state, id, zone}: Operation): VolumeRecord {
  const volume = state.volumes[id];
  if (volume === undefined || volume.zone !== zone) throw notFound('volume', id);
  return volume;
}

function requireSize(sizeBytes: number): number {
  if (sizeBytes < bytesPerGb || sizeBytes > volumeBytesMax || sizeBytes % bytesPerGb !== 0) {
    throw invalid(`sizeBytes: expected whole gigabytes (10^9) from 1 to 10000, got ${sizeBytes}`);
  }
  return sizeBytes;
}
