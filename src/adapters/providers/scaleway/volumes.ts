import {InventivError} from '../../../core/errors.ts';
import type {ProviderVolume, VolumeRef} from '../../../ports/provider.ts';
import {isGone, isWrongState, orNull} from './refusal.ts';
import {present, type ScalewayApis} from './sdk.ts';
import {blockVolumeView, localVolumeView} from './volume-view.ts';

type OwningApi = 'block' | 'instance';

/** Which API knows a volume: the other one answers 404 for it, always. A type that is not known is looked for in both. */
function apisOwning(volumeType: string): readonly OwningApi[] {
  if (volumeType.startsWith('sbs')) return ['block'];
  return ['l_ssd', 'b_ssd', 'scratch'].includes(volumeType) ? ['instance'] : ['block', 'instance'];
}

/** Null once every API that may own it says that it does not exist. */
export async function readVolume(apis: ScalewayApis, ref: VolumeRef): Promise<ProviderVolume | null> {
  for (const owner of apisOwning(ref.volumeType)) {
    const volume = await readFrom(owner, apis, ref);
    if (volume !== null) return volume;
  }
  return null;
}

/** One PATCH that grows, names and tags: until it has our tag, nothing but its server ties the volume to us. */
export async function growVolume(
  apis: ScalewayApis,
  ref: VolumeRef,
  request: {sizeBytes: number; name: string; tags: readonly string[]},
): Promise<void> {
  const {zone, providerId: volumeId} = ref;
  const volume = await readFrom('block', apis, ref);
  if (volume === null) {
    throw new InventivError('not_found', `Scaleway knows no block volume ${volumeId}.`, {
      hint: 'Only block volumes grow; local and scratch ones have a fixed size.',
      detailCode: 'volume_not_found',
    });
  }
  if (volume.status === 'updating') return;
  const {name, tags} = request;
  const isBigEnough = volume.sizeBytes >= request.sizeBytes;
  const isMarked = volume.name === name && tags.every(tag => volume.tags.includes(tag));
  if (isBigEnough && isMarked) return;
  const size = isBigEnough ? {} : {size: Math.ceil(request.sizeBytes / bytesPerGb) * bytesPerGb};
  await apis.block.updateVolume({zone, volumeId, name, tags: [...tags], ...size});
}

/** Sizes go in steps of this. */
const bytesPerGb = 1_000_000_000;

/**
 * Deletes what nothing holds any more. `busy` while a server has it, or still lets go of it: a deletion would be refused.
 */
export async function deleteVolume(apis: ScalewayApis, ref: VolumeRef): Promise<'deleted' | 'busy'> {
  for (const owner of apisOwning(ref.volumeType)) {
    const volume = await readFrom(owner, apis, ref);
    if (volume === null) continue;
    if (volume.attachedToServerId !== null || isHeld(volume)) return 'busy';
    return removeFrom(owner, apis, ref);
  }
  return 'deleted';
}

/** One that is being resized is not: a resize may never end, and the API refuses the deletion itself if it has to. */
function isHeld({status}: ProviderVolume): boolean {
  return status === 'in_use' || status === 'creating';
}

const resourceNames = {block: 'volume', instance: 'instance_volume'} as const;

async function readFrom(
  owner: OwningApi,
  {block, instance}: ScalewayApis,
  {zone, providerId: volumeId}: VolumeRef,
): Promise<ProviderVolume | null> {
  if (owner === 'block') {
    const volume = await orNull(block.getVolume({zone, volumeId}), resourceNames.block);
    return volume === null ? null : blockVolumeView(volume);
  }
  const answer = await orNull(instance.getVolume({zone, volumeId}), resourceNames.instance);
  return answer === null ? null : localVolumeView(present(answer.volume, 'volume'));
}

async function removeFrom(
  owner: OwningApi,
  {block, instance}: ScalewayApis,
  {zone, providerId: volumeId}: VolumeRef,
): Promise<'deleted' | 'busy'> {
  try {
    await (owner === 'block' ? block : instance).deleteVolume({zone, volumeId});
    return 'deleted';
  } catch (error) {
    if (isGone(error, resourceNames[owner])) return 'deleted';
    if (isWrongState(error)) return 'busy';
    throw error;
  }
}
