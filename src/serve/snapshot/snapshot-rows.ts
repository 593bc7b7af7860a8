import type {Instance} from '../../core/instance/instance.ts';
import type {WorkerReport} from '../../core/routing/worker-load.ts';
import type {Snapshot, SnapshotSource} from './snapshot.ts';
import {buildSnapshot} from './snapshot.ts';
import type {WorkerRegistry} from './worker-registry.ts';

/** What a snapshot is made of. Secrets in it are sealed or hashed. */
export interface SnapshotRows extends SnapshotSource {
  readonly reports: readonly (WorkerReport & {readonly instanceId: string})[];
}

export function isServing(instance: Instance): boolean {
  return instance.state === 'ready' && instance.endpoint !== null;
}

/** A new snapshot on the connections that are there, and the workers' reports taken in. */
export function snapshotOf(rows: SnapshotRows, registry: WorkerRegistry): Snapshot {
  const snapshot = buildSnapshot(rows, registry.sync(rows.instances.filter(isServing)));
  registry.heed(rows.reports);
  return snapshot;
}
