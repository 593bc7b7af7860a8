import {InventivError} from '../../core/errors.ts';
import type {Action} from '../../core/instance/action.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Ids} from '../../ports/ids.ts';
import type {ActionChange} from '../../ports/instances.ts';
import {actionFromRow, actionToRow} from './action-row.ts';
import type {ActionStep} from './instance-events.ts';
import {toJson} from './json-column.ts';
import type {Tx} from './transaction.ts';

export interface AppliedAction {
  readonly action: Action;
  readonly step: ActionStep;
}

/** Applies one change to the action of its type that is in progress, or to a new one. */
export async function applyAction(
  tx: Tx,
  ids: Ids,
  instance: Instance,
  change: ActionChange,
  correlationId: string,
  nowMs: EpochMs,
): Promise<AppliedAction> {
  const found = await findInProgress(tx, instance.id, change.type);
  if (change.kind === 'note' && !found) {
    throw new InventivError('conflict', `Cannot note on ${change.type} of ${instance.name}: it is not in progress.`);
  }

  const base = found ?? begin(ids, instance, change, correlationId, nowMs);
  const noted: Action = {...base, metadata: {...base.metadata, ...change.metadata}};
  const next = applyKind(noted, change, found !== null, nowMs);

  if (found) {
    const {id, ...columns} = actionToRow(next.action);
    await tx.updateTable('actions').set(columns).where('id', '=', id).execute();
  } else {
    await tx.insertInto('actions').values(actionToRow(next.action)).execute();
  }

  return next;
}

/** Whether this type was done before with the very same facts. */
export async function hasSucceededWith(
  tx: Tx,
  instanceId: string,
  {type, metadata}: Pick<Action, 'type' | 'metadata'>,
): Promise<boolean> {
  const row = await tx
    .selectFrom('actions')
    .select('id')
    .where('instance_id', '=', instanceId)
    .where('type', '=', type)
    .where('status', '=', 'success')
    .where('metadata', '=', toJson(metadata, 'actions.metadata'))
    .executeTakeFirst();
  return row !== undefined;
}

function applyKind(action: Action, change: ActionChange, isRunning: boolean, nowMs: EpochMs): AppliedAction {
  // Not before its start, should the clock have gone back.
  const finishedAtMs = Math.max(nowMs, action.startedAtMs);
  switch (change.kind) {
    case 'start':
      return {step: 'started', action: {...action, attempts: action.attempts + (isRunning ? 1 : 0)}};
    case 'note':
      return {step: 'noted', action};
    case 'succeed':
    case 'once':
      return {step: 'succeeded', action: {...action, status: 'success', finishedAtMs}};
    case 'fail':
      return {
        step: 'failed',
        action: {
          ...action,
          status: 'failed',
          finishedAtMs,
          errorCode: change.errorCode,
          errorMessage: change.errorMessage,
        },
      };
  }
}

function begin(ids: Ids, instance: Instance, change: ActionChange, correlationId: string, nowMs: EpochMs): Action {
  return {
    id: ids.next('action'),
    organizationId: instance.organizationId,
    instanceId: instance.id,
    type: change.type,
    status: 'in_progress',
    attempts: 1,
    startedAtMs: nowMs,
    finishedAtMs: null,
    errorCode: null,
    errorMessage: null,
    correlationId,
    metadata: {},
  };
}

async function findInProgress(tx: Tx, instanceId: string, type: string): Promise<Action | null> {
  const row = await tx
    .selectFrom('actions')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .where('type', '=', type)
    .where('status', '=', 'in_progress')
    .executeTakeFirst();
  return row ? actionFromRow(row) : null;
}
