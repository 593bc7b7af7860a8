import {type ApiCall, param} from './api-call.ts';
import {type ApiError, notFound, unknownResource} from './errors.ts';
import type {ServerRecord} from './records.ts';
import type {World} from './world.ts';

export function findServer(call: ApiCall): ServerRecord {
  return findInZone(call, call.world.servers, 'instance_server');
}

/** The thing named in the path, in the zone of the path; 404 with the resource name otherwise. */
export function findInZone<T extends {zone: string}>(call: ApiCall, all: Map<string, T>, resource: string): T {
  const id = param(call, 'id');
  const found = all.get(id);
  if (found === undefined || found.zone !== param(call, 'zone')) throw instanceNotFound(call.world, resource, id);
  return found;
}

export function instanceNotFound(world: World, resource: string, id: string): ApiError {
  return world.era.instanceNotFound === 'unknown_resource' ? unknownResource(id) : notFound(resource, id);
}
