import type {HealthMemory} from '../../core/health/memory.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {WorkerSample} from '../../core/worker/protocol.ts';

export interface CheckMade {
  readonly kind: 'heartbeat' | 'probe' | 'progress' | 'late_heartbeat';
  readonly isOk: boolean;
  readonly durationMs: number;
}

/** One instance with what is known of it. */
export interface Patient {
  readonly instance: Instance;
  readonly memory: HealthMemory;
  readonly sample: WorkerSample | null;
}

/** What a check made of it; null `check` when there was nothing to do yet. */
export interface CheckOutcome {
  readonly instance: Instance;
  readonly memory: HealthMemory;
  readonly check: CheckMade | null;
  readonly reason: string;
  /** The trouble as it was found, where a recovery has changed it since: it is told, and resolved by the next check. */
  readonly found?: {readonly instance: Instance; readonly memory: HealthMemory};
}
