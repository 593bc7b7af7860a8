import type {Blockv1} from '@scaleway/sdk-block';
import type {Instancev1} from '@scaleway/sdk-instance';
import type {ProviderSnapshot, SnapshotRef} from '../../../ports/provider.ts';
import {allPages} from './all-pages.ts';
import {isGone, isProtected, isWrongState, orNull} from './refusal.ts';
import {requireText} from './require-text.ts';
import {present, type ScalewayApis} from './sdk.ts';

/** Snapshots of block volumes live in the Block API, those of local disks in the Instance API. */
const blockType = 'sbs_snapshot';

/** Every snapshot of the project in the zone, all pages of both APIs. */
export async function listSnapshots(apis: ScalewayApis, zone: string): Promise<readonly ProviderSnapshot[]> {
  const {block, instance, projectId} = apis;
  const ofBlock = await allPages(async ({page, pageSize}) => {
    const answer = await block.listSnapshots({zone, projectId, includeDeleted: false, page, pageSize});
    return {items: answer.snapshots, totalCount: answer.totalCount};
  });
  const ofLocal = await allPages(async ({page, pageSize}) => {
    const answer = await instance.listSnapshots({zone, project: projectId, page, perPage: pageSize});
    return {items: answer.snapshots, totalCount: answer.totalCount};
  });
  return [...ofBlock.map(blockView), ...ofLocal.map(localView)];
}

export async function readSnapshot(
  {block, instance}: ScalewayApis,
  {zone, providerId: snapshotId, snapshotType}: SnapshotRef,
): Promise<ProviderSnapshot | null> {
  if (snapshotType === blockType) {
    const snapshot = await orNull(block.getSnapshot({zone, snapshotId}), 'snapshot');
    return snapshot === null ? null : blockView(snapshot);
  }

  const answer = await orNull(instance.getSnapshot({zone, snapshotId}), 'instance_snapshot');
  return answer === null ? null : localView(present(answer.snapshot, 'snapshot'));
}

/** `busy` while an image is made of it: the deletion would be refused. */
export async function deleteSnapshot(apis: ScalewayApis, ref: SnapshotRef): Promise<'deleted' | 'busy'> {
  const {zone, providerId: snapshotId, snapshotType} = ref;
  const isBlock = snapshotType === blockType;
  const snapshot = await readSnapshot(apis, ref);
  if (snapshot === null) return 'deleted';
  if (snapshot.isInUse) return 'busy';
  try {
    await (isBlock ? apis.block : apis.instance).deleteSnapshot({zone, snapshotId});
    return 'deleted';
  } catch (error) {
    if (isGone(error, isBlock ? 'snapshot' : 'instance_snapshot')) return 'deleted';
    if (isWrongState(error) || isProtected(error)) return 'busy';
    throw error;
  }
}

function blockView({id, name, size, status, tags, references, parentVolume, createdAt}: Blockv1.Snapshot) {
  requireText({id, status}, 'snapshot');
  return {
    ...{providerId: id, name, tags: tags ?? [], sizeBytes: size, snapshotType: blockType},
    isInUse: (references ?? []).length > 0 || ['in_use', 'creating', 'locked', 'deleting'].includes(status),
    parentVolumeId: parentVolume?.id ?? null,
    createdAtMs: createdAt?.getTime() ?? null,
  };
}

function localView({id, name, size, state, tags, volumeType, baseVolume, creationDate}: Instancev1.Snapshot) {
  requireText({id, state}, 'snapshot');
  return {
    ...{providerId: id, name, tags: tags ?? [], sizeBytes: size, snapshotType: volumeType},
    isInUse: state === 'snapshotting' || state === 'importing' || state === 'exporting',
    parentVolumeId: baseVolume?.id ?? null,
    createdAtMs: creationDate?.getTime() ?? null,
  };
}
