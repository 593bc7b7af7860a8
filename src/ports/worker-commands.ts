import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {CommandAnswer, WorkerCommand} from '../core/worker/command.ts';

/** Commands on their way to workers and their answers. */
export interface WorkerCommandStore {
  /**
   * Queues one. With `nextTokenHash` both tokens are good from then on, until the first heartbeat with the next one; a
   * rotation that still waits is replaced. `conflict` when too many wait, or when the worker has no token to rotate.
   */
  enqueue(command: WorkerCommand, options: {nextTokenHash: string | null}): Promise<void>;
  /** What a reply must tell this worker, oldest first; counts as a delivery. */
  deliver(instanceId: string): Promise<readonly WorkerCommand[]>;
  /** Keeps answers; one to a command of another worker, or given before, is ignored. Says how many were new. */
  answer(instanceId: string, answers: readonly (CommandAnswer & {readonly id: string})[]): Promise<number>;
  /** Latest first. */
  list(scope: OrgScope, instanceId: string, limit: number): Promise<readonly WorkerCommand[]>;
}
