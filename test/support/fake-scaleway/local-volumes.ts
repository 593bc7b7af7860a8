import {instanceDate} from './dates.ts';
import type {JsonObject} from './json.ts';
import type {LocalVolumeRecord} from './records.ts';
import type {World} from './world.ts';

export type NewLocalVolume = Pick<
  LocalVolumeRecord,
  'zone' | 'name' | 'volumeType' | 'sizeBytes' | 'organization' | 'project'
> & {tags?: string[]; serverId?: string | null};

/** A volume of the Instance API (l_ssd or scratch): exists at once, no size changes. */
export function createLocalVolume(world: World, wanted: NewLocalVolume): LocalVolumeRecord {
  const now = world.clock.nowMs();
  const volume: LocalVolumeRecord = {
    ...wanted,
    id: world.makeId(),
    tags: wanted.tags ?? [],
    state: 'available',
    serverId: wanted.serverId ?? null,
    createdAtMs: now,
    modifiedAtMs: now,
  };
  world.localVolumes.set(volume.id, volume);
  return volume;
}

export function localVolumeView(world: World, volume: LocalVolumeRecord): JsonObject {
  const server = volume.serverId === null ? undefined : world.servers.get(volume.serverId);
  return {
    id: volume.id,
    name: volume.name,
    volume_type: volume.volumeType,
    export_uri: null,
    organization: volume.organization,
    project: volume.project,
    server: server === undefined ? null : {id: server.id, name: server.name},
    size: volume.sizeBytes,
    state: volume.state,
    creation_date: instanceDate(volume.createdAtMs),
    modification_date: instanceDate(volume.modifiedAtMs),
    tags: volume.tags,
    zone: volume.zone,
  };
}
