import {hourMs, minuteMs, secondMs} from '../time.ts';
import type {StepType} from './decide.ts';

/** How long a step may take from its start, retries included, before it counts as failed. Null: it is never given up. */
export function stepLimitMs(step: StepType, readyDeadlineMs: number): number | null {
  switch (step) {
    case 'EXECUTE_CREATE':
    case 'PROVIDER_CREATE':
    case 'PROVIDER_SECURITY_GROUP':
      return 5 * minuteMs;
    case 'PROVIDER_VOLUME_RESIZE':
    case 'PROVIDER_START':
    case 'PROVIDER_GET_IP':
    case 'WORKER_SSH_ACCESSIBLE':
    case 'EXECUTE_REINSTALL':
      return 10 * minuteMs;
    case 'WORKER_SSH_INSTALL':
      // Large weights are downloaded here.
      return Math.max(hourMs, readyDeadlineMs);
    case 'WORKER_VLLM_HTTP_OK':
    case 'WORKER_MODEL_LOADED':
      return readyDeadlineMs;
    case 'WORKER_VLLM_WARMUP':
    case 'HEALTH_CHECK':
      return 10 * minuteMs;
    case 'EXECUTE_MOVE':
      // It knows itself how long to wait for capacity.
      return Number.POSITIVE_INFINITY;
    case 'EXECUTE_DRAIN':
    case 'EXECUTE_TERMINATE':
    case 'WORKER_UNINSTALL':
    case 'PROVIDER_STOP':
    case 'PROVIDER_TERMINATE':
    case 'PROVIDER_DELETE_VOLUME':
    case 'PROVIDER_DELETE_IP':
    case 'PROVIDER_DELETE_SECURITY_GROUP':
    case 'TERMINATION_CONFIRMED':
      return null;
    default:
      return step satisfies never;
  }
}

/** Most tries of a step that fails with something that may pass. */
export const stepAttemptsMax = 8;

const backOffFirstMs = 250;
const backOffMaxMs = 30 * secondMs;

/** Wait before try number `attempt + 1`: doubling, capped. Jitter is the caller's, who has randomness. */
export function backOffMs(attempt: number): number {
  return Math.min(backOffMaxMs, backOffFirstMs * 2 ** Math.min(attempt - 1, 10));
}
