import type {HealthMemory} from '../core/health/memory.ts';

/** What health checks remember; serves all organizations. */
export interface HealthStore {
  /** Of instances never looked at there is none. */
  load(instanceIds: readonly string[]): Promise<ReadonlyMap<string, RememberedHealth>>;
  /** All in one transaction. One whose revision has moved, because another process looked too, is left as it is. */
  save(entries: readonly {instanceId: string; memory: HealthMemory; revision: number}[]): Promise<void>;
}

export interface RememberedHealth {
  readonly memory: HealthMemory;
  /** 0 before the first `save`. */
  readonly revision: number;
}
