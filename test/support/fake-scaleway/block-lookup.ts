import {type ApiCall, param} from './api-call.ts';
import type {BlockVersion} from './block-view.ts';
import {utcDate} from './dates.ts';
import {type ApiError, expired, invalidArguments, notFound} from './errors.ts';
import {isUuid} from './ids.ts';
import type {BlockVolumeRecord, SnapshotRecord} from './records.ts';

export function blockVersion(call: ApiCall): BlockVersion {
  return param(call, 'version') === 'v1alpha1' ? 'v1alpha1' : 'v1';
}

export function findBlockVolume(call: ApiCall): BlockVolumeRecord {
  return find(call, call.world.blockVolumes, 'volume');
}

export function findSnapshot(call: ApiCall): SnapshotRecord {
  return find(call, call.world.snapshots, 'snapshot');
}

export function sizeProblem(help: string): ApiError {
  return invalidArguments({argument_name: 'size', reason: 'constraint', help_message: help});
}

function find<T extends {zone: string}>(call: ApiCall, all: Map<string, T>, resource: string): T {
  const id = param(call, 'id');
  const found = all.get(id);
  if (found !== undefined && found.zone === param(call, 'zone')) return found;
  if (!isUuid(id)) {
    throw invalidArguments({argument_name: `${resource}_id`, reason: 'format', help_message: 'must be a UUID'});
  }
  const deletedAtMs = call.world.deletedBlock.get(id);
  if (deletedAtMs !== undefined && call.method === 'DELETE' && call.world.era.deletedTwice === 'expired') {
    throw expired(resource, id, utcDate(deletedAtMs));
  }
  throw notFound(resource, id);
}
