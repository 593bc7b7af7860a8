import {type Handler, jsonBody, noContent, ok, param, requiredString} from './api-call.ts';
import {invalidArguments, preconditionFailed} from './errors.ts';
import {fieldMatches, nameMatches, tagsMatch} from './filters.ts';
import {findInZone} from './instance-lookup.ts';
import {numberOf, stringOf, stringsOf} from './json.ts';
import {createLocalVolume, localVolumeView} from './local-volumes.ts';
import {locationHeader} from './location.ts';
import {instancePage} from './pagination.ts';
import {ownerOf} from './projects.ts';

const LOCAL_TYPES = ['l_ssd', 'scratch'];

export const createVolume: Handler = call => {
  const body = jsonBody(call);
  const volumeType = requiredString(body, 'volume_type');
  if (!LOCAL_TYPES.includes(volumeType)) {
    throw invalidArguments({
      argument_name: 'volume_type',
      reason: 'constraint',
      help_message: 'must be l_ssd or scratch',
    });
  }
  const sizeBytes = numberOf(body.size);
  if (sizeBytes === undefined) {
    throw invalidArguments({argument_name: 'size', reason: 'required', help_message: 'required key not provided'});
  }
  const volume = createLocalVolume(call.world, {
    zone: param(call, 'zone'),
    name: requiredString(body, 'name'),
    volumeType,
    sizeBytes,
    ...ownerOf(call.world, body),
    tags: stringsOf(body.tags) ?? [],
  });
  return {
    status: 201,
    body: {volume: localVolumeView(call.world, volume)},
    headers: locationHeader(call, volume.id),
  };
};

export const listVolumes: Handler = call => {
  const {world, query} = call;
  const found = [...world.localVolumes.values()].filter(
    volume =>
      volume.zone === param(call, 'zone') &&
      nameMatches(query, volume.name) &&
      tagsMatch(query, volume.tags) &&
      fieldMatches(query, 'project', volume.project) &&
      fieldMatches(query, 'organization', volume.organization) &&
      fieldMatches(query, 'volume_type', volume.volumeType),
  );
  const page = instancePage(call, found);
  return ok({volumes: page.items.map(volume => localVolumeView(world, volume))}, page.headers);
};

export const getVolume: Handler = call =>
  ok({volume: localVolumeView(call.world, findInZone(call, call.world.localVolumes, 'instance_volume'))});

export const updateVolume: Handler = call => {
  const volume = findInZone(call, call.world.localVolumes, 'instance_volume');
  const body = jsonBody(call);
  volume.name = stringOf(body.name) ?? volume.name;
  volume.tags = stringsOf(body.tags) ?? volume.tags;
  volume.modifiedAtMs = call.world.clock.nowMs();
  return ok({volume: localVolumeView(call.world, volume)});
};

export const deleteVolume: Handler = call => {
  const volume = findInZone(call, call.world.localVolumes, 'instance_volume');
  if (volume.serverId !== null) {
    throw preconditionFailed('instance', 'resource_still_in_use', 'volume is attached to a server');
  }
  call.world.localVolumes.delete(volume.id);
  return noContent();
};

export const listVolumeProducts: Handler = call => {
  const page = instancePage(call, Object.entries(call.world.volumeProducts));
  return ok({volumes: Object.fromEntries(page.items)}, page.headers);
};
