import type {Blockv1} from '@scaleway/sdk-block';
import type {Instancev1} from '@scaleway/sdk-instance';
import type {ProviderVolume, ProviderVolumeStatus} from '../../../ports/provider.ts';
import {requireText} from './require-text.ts';

/** A resize shows as `updating` or `resizing`. `deleted` is not gone: only a 404 is. */
const blockStatuses: Readonly<Record<string, ProviderVolumeStatus>> = {
  creating: 'creating',
  available: 'available',
  in_use: 'in_use',
  updating: 'updating',
  resizing: 'updating',
  snapshotting: 'updating',
  deleting: 'deleting',
  deleted: 'deleting',
  error: 'error',
};

export function blockVolumeView(volume: Blockv1.Volume): ProviderVolume {
  const {id, name, status, size, specs, tags, createdAt} = volume;
  requireText({id, status}, 'volume');
  return {
    providerId: id,
    name,
    volumeType: 'sbs_volume',
    status: blockStatuses[status] ?? 'unknown',
    sizeBytes: size,
    iops: specs?.perfIops ?? null,
    attachedToServerId: serverOf(volume),
    tags: tags ?? [],
    createdAtMs: createdAt?.getTime() ?? null,
  };
}

/** The server that holds a block volume, also while it lets go of it. */
export function serverOf({references}: Blockv1.Volume): string | null {
  const held = references.find(
    ({productResourceType, status}) => productResourceType === 'instance_server' && status !== 'detached',
  );
  return held?.productResourceId ?? null;
}

const localStates: Readonly<Record<string, ProviderVolumeStatus>> = {
  available: 'available',
  fetching: 'creating',
  snapshotting: 'updating',
  hotsyncing: 'updating',
  resizing: 'updating',
  saving: 'updating',
  deleting: 'deleting',
  error: 'error',
};

export function localVolumeView(volume: Instancev1.Volume): ProviderVolume {
  const {id, name, volumeType, state, size, server, tags, creationDate} = volume;
  requireText({id, state}, 'volume');
  const status = localStates[state] ?? 'unknown';
  return {
    providerId: id,
    name,
    volumeType,
    status: status === 'available' && server !== undefined ? 'in_use' : status,
    sizeBytes: size,
    iops: null,
    attachedToServerId: server?.id ?? null,
    tags: tags ?? [],
    createdAtMs: creationDate?.getTime() ?? null,
  };
}
