import {InventivError} from '../../core/errors.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {Processes} from '../../ports/processes.ts';
import type {StepRun} from './step.ts';

/** Another process changed the instance or took its lease: this drive ends, and what it did is found by name. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * Records changes of one instance as this process. A lost race is `Overtaken`, so that it is never mistaken for a
 * conflict that a provider reports.
 */
export function recordUnderLease(
  {instances, processes}: {readonly instances: InstanceStore; readonly processes: Processes},
  {id, correlationId}: Pick<Instance, 'id' | 'correlationId'>,
): StepRun['record'] {
  return async change => {
    try {
      return await instances.record({...change, instanceId: id, correlationId, leaseOwner: processes.selfOwner});
    } catch (error) {
      if (isLostRace(error)) throw new Overtaken(error.message, {cause: error});
      throw error;
    }
  };
}

function isLostRace(error: unknown): error is InventivError {
  return error instanceof InventivError && (error.code === 'lease_held' || error.code === 'conflict');
}
