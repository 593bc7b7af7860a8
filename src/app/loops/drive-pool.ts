import type {Instance} from '../../core/instance/instance.ts';
import type {InstanceState} from '../../core/instance/state.ts';
import {type DriverTools, driveInstance} from '../drive-instance/drive.ts';

/** Most instances one `serve` drives at a time; the rest are taken by later ticks. */
const drivenAtOnceMax = 64;
const listLimit = 500;

export interface DriveReport {
  readonly started: number;
  readonly driving: number;
  /** Instances that have to wait because the pool is full. */
  readonly waiting: number;
}

/** Drives instances in the background, each at most once, until they are settled. Owned by `serve`. */
export interface DrivePool extends AsyncDisposable {
  /** Takes up every instance in these states that nobody drives. */
  pickUp(states: readonly InstanceState[]): Promise<DriveReport>;
}

export function createDrivePool(tools: DriverTools, onFault: (instanceId: string, error: unknown) => void): DrivePool {
  const driving = new Map<string, Promise<void>>();
  const stop = new AbortController();
  const start = (instanceId: string) => {
    const drive = driveInstance(tools, instanceId, stop.signal)
      .catch(error => onFault(instanceId, error))
      .then(() => {
        driving.delete(instanceId);
      });
    driving.set(instanceId, drive);
  };

  return {
    async pickUp(states) {
      const free = (await tools.instances.listByState(states, listLimit)).filter(
        instance => !driving.has(instance.id) && !isDrivenElsewhere(tools, instance),
      );
      const taken = free.slice(0, Math.max(0, drivenAtOnceMax - driving.size));
      for (const {id} of taken) start(id);
      return {started: taken.length, driving: driving.size, waiting: free.length - taken.length};
    },

    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(driving.values());
    },
  };
}

function isDrivenElsewhere({processes, clock}: DriverTools, {lease}: Instance): boolean {
  return (
    lease !== null &&
    lease.owner !== processes.selfOwner &&
    lease.expiresAtMs > clock.nowMs() &&
    !processes.isKnownDead(lease.owner)
  );
}
