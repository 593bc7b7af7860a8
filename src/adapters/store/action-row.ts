import type {Insertable, Selectable} from 'kysely';
import type {Action, ActionStatus, ActionType} from '../../core/instance/action.ts';
import {metadataFromJson, toJson} from './json-column.ts';
import type {ActionTable} from './tables.ts';

export function actionFromRow(row: Selectable<ActionTable>): Action {
  return {
    id: row.id,
    organizationId: row.organization_id,
    instanceId: row.instance_id,
    type: row.type as ActionType,
    status: row.status as ActionStatus,
    attempts: row.attempts,
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    correlationId: row.correlation_id,
    metadata: metadataFromJson(row.metadata),
  };
}

export function actionToRow(action: Action): Insertable<ActionTable> {
  return {
    id: action.id,
    organization_id: action.organizationId,
    instance_id: action.instanceId,
    type: action.type,
    status: action.status,
    attempts: action.attempts,
    started_at_ms: action.startedAtMs,
    finished_at_ms: action.finishedAtMs,
    error_code: action.errorCode,
    error_message: action.errorMessage,
    correlation_id: action.correlationId,
    metadata: toJson(action.metadata, 'actions.metadata'),
  };
}
