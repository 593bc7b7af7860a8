import type {Instance} from '../../core/instance/instance.ts';
import type {CurrentPrompt} from '../../core/prompts/prompt.ts';
import type {WorkerReport} from '../../core/routing/worker-load.ts';
import type {ApiKey} from '../../core/tenancy/api-key.ts';
import type {Snapshot} from './snapshot.ts';
import {buildSnapshot} from './snapshot.ts';
import type {WorkerRegistry} from './worker-registry.ts';

/** What a snapshot is made of. Secrets in it are sealed or hashed. */
export interface SnapshotRows {
  readonly keys: readonly ApiKey[];
  readonly instances: readonly Instance[];
  readonly prompts: readonly CurrentPrompt[];
  readonly reports: readonly (WorkerReport & {readonly instanceId: string})[];
}

export function isServing(instance: Instance): boolean {
  return instance.state === 'ready' && instance.endpoint !== null;
}

/** A new snapshot on the connections that are there, and the workers' reports taken in. */
export function snapshotOf({keys, instances, prompts, reports}: SnapshotRows, registry: WorkerRegistry): Snapshot {
  const snapshot = buildSnapshot(keys, instances, registry.sync(instances.filter(isServing)), prompts);
  registry.heed(reports);
  return snapshot;
}
