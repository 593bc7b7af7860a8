import {planDetachEnd} from '../block-lifecycle.ts';
import {isObject, type JsonObject, numberOf, stringOf} from '../json.ts';
import type {World} from '../world.ts';
import type {Kind} from './kinds.ts';

/** States that do not last. */
const PASSING = ['creating', 'updating', 'resizing', 'snapshotting', 'syncing'];
const SETTLED_AFTER_MS = 1_000;

/**
 * A thing put in the world while something was happening to it: plans the end of that. `sightings` are the ways the
 * recording shows it from then on, the first being the one it was put in the world with.
 */
export function planSettling(world: World, kind: Kind, id: string, sightings: JsonObject[]): void {
  const settled = sightings.find(shown => !isPassing(shown));
  if (settled === undefined || !isPassing(sightings[0])) return;
  const plan = (what: () => void): void => world.clock.schedule(SETTLED_AFTER_MS, `${kind} ${id} settled`, what);
  if (kind === 'blockVolume') {
    const volume = world.blockVolumes.get(id);
    if (volume === undefined) return;
    if (volume.references.some(reference => reference.status === 'detaching')) {
      planDetachEnd(world, volume);
      return;
    }
    const specs = isObject(settled.specs) ? settled.specs : {};
    volume.pendingUpdate = {sizeBytes: numberOf(settled.size), perfIops: numberOf(specs.perf_iops)};
    plan(() => {
      volume.sizeBytes = volume.pendingUpdate?.sizeBytes ?? volume.sizeBytes;
      volume.perfIops = volume.pendingUpdate?.perfIops ?? volume.perfIops;
      volume.pendingUpdate = null;
      volume.status = volume.references.length > 0 ? 'in_use' : 'available';
    });
  }
  if (kind === 'snapshot') {
    plan(() => {
      const snapshot = world.snapshots.get(id);
      for (const reference of snapshot?.references ?? []) reference.status = 'attached';
      if (snapshot !== undefined) snapshot.status = snapshot.references.length > 0 ? 'in_use' : 'available';
    });
  }
  if (kind === 'securityGroup') {
    plan(() => {
      const group = world.securityGroups.get(id);
      if (group !== undefined) group.state = 'available';
    });
  }
}

function isPassing(shown: JsonObject | undefined): boolean {
  const references = Array.isArray(shown?.references) ? shown.references.filter(isObject) : [];
  const state = stringOf(shown?.status) ?? stringOf(shown?.state) ?? '';
  return PASSING.includes(state) || references.some(reference => reference.status === 'detaching');
}
