import type {EpochMs} from '../time.ts';

export const actionTypes = [
  'REQUEST_CREATE',
  'EXECUTE_CREATE',
  'PROVIDER_CREATE',
  'PERSIST_PROVIDER_ID',
  'PROVIDER_VOLUME_RESIZE',
  'PROVIDER_START',
  'PROVIDER_GET_IP',
  'PROVIDER_SECURITY_GROUP',
  'WORKER_SSH_ACCESSIBLE',
  'INSTANCE_CREATED',
  'WORKER_SSH_INSTALL',
  'WORKER_CONTAINER_CHECK',
  'WORKER_LOG_FETCH',
  'WORKER_LOG_ERRORS',
  'WORKER_VLLM_HTTP_OK',
  'WORKER_MODEL_LOADED',
  'WORKER_VLLM_WARMUP',
  'HEALTH_CHECK',
  'INSTANCE_READY',
  'INSTANCE_STARTUP_FAILED',
  'REQUEST_MOVE',
  'EXECUTE_MOVE',
  'REQUEST_DRAIN',
  'EXECUTE_DRAIN',
  'REQUEST_TERMINATE',
  'EXECUTE_TERMINATE',
  'WORKER_UNINSTALL',
  'PROVIDER_STOP',
  'PROVIDER_DELETE_VOLUME',
  'PROVIDER_DELETE_IP',
  'PROVIDER_DELETE_SECURITY_GROUP',
  'PROVIDER_TERMINATE',
  'TERMINATION_CONFIRMED',
  'INSTANCE_TERMINATED',
  'PROVIDER_DELETED_DETECTED',
  'REQUEST_REINSTALL',
  'EXECUTE_REINSTALL',
  'ARCHIVE_INSTANCE',
  'LIMITS_CHANGED',
  'LIMIT_NEAR',
  'LIMIT_REACHED',
  'VOLUME_RECONCILIATION_RETRY_DELETE',
  'VOLUME_RECONCILIATION_ORPHAN',
] as const;

export type ActionType = (typeof actionTypes)[number];

export type ActionStatus = 'in_progress' | 'success' | 'failed';

/** One thing done (or being done) to an instance, kept for ever as its timeline. */
export interface Action {
  readonly id: string;
  readonly organizationId: string;
  readonly instanceId: string;
  readonly type: ActionType;
  readonly status: ActionStatus;
  /** How often the step was tried; 1 on the first try. */
  readonly attempts: number;
  readonly startedAtMs: EpochMs;
  readonly finishedAtMs: EpochMs | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly correlationId: string;
  /** Facts for people and tools: phases, output tail, ids. Never secrets. */
  readonly metadata: ActionMetadata;
}

export type ActionMetadata = {readonly [key: string]: JsonValue};

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | {readonly [key: string]: JsonValue};
