import {InventivError} from '../../core/errors.ts';
import type {NewEvent} from '../../core/events.ts';
import {limitNames, limitOf} from '../../core/finops/limits.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {progressPercent} from '../../core/instance/progress.ts';
import type {InstanceState} from '../../core/instance/state.ts';
import {checkTransition} from '../../core/instance/transition.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Ids} from '../../ports/ids.ts';
import type {InstanceChange, InstanceFields, InstanceFile} from '../../ports/instances.ts';
import {appendEvents} from './events.ts';
import {actionEvent, fieldsEvent, stateEvent} from './instance-events.ts';
import {instanceNotFound, isLeaseLive, readInstanceFile} from './instance-file.ts';
import {instanceFieldsToColumns, instanceFromRow} from './instance-row.ts';
import {type AppliedAction, applyAction, hasSucceededWith} from './record-action.ts';
import {applyResource} from './record-resource.ts';
import type {InstanceRow} from './tables.ts';
import type {Tx} from './transaction.ts';

/** Fields that change all the time and that nobody waits for: they make no event. */
const quietFields: readonly (keyof InstanceFields)[] = ['lastSeenAtMs', 'consecutiveFailures', 'activity'];

/** One atomic change: everything, with its events, or (thrown: `not_found`, `lease_held`, `conflict`, `illegal_transition`) nothing. */
export async function recordChange(tx: Tx, ids: Ids, change: InstanceChange, clockMs: EpochMs): Promise<InstanceFile> {
  const row = await lockInstance(tx, change.instanceId);
  // A clock that went back must not make a history that runs backwards.
  const nowMs = Math.max(clockMs, row.state_since_ms);
  refuseWithoutLease(row, change, clockMs);
  const before = instanceFromRow(row);
  refuseOtherLimits(before, change);
  const moved = checkMove(before, change);

  const actions: AppliedAction[] = [];
  for (const action of change.actions ?? []) {
    if (action.kind === 'once' && (await hasSucceededWith(tx, before.id, action))) continue;
    actions.push(await applyAction(tx, ids, before, action, change.correlationId, nowMs));
  }

  const resourceEvents: NewEvent[] = [];
  for (const resource of change.resources ?? []) {
    resourceEvents.push(...(await applyResource(tx, before, resource, change.correlationId, nowMs)));
  }

  const columns = {
    ...instanceFieldsToColumns(change.fields ?? {}),
    ...(moved ? stateColumns(row, moved.to, moved.reason, nowMs) : {}),
  };
  if (Object.keys(columns).length > 0) {
    await tx.updateTable('instances').set(columns).where('id', '=', row.id).execute();
  }

  if (moved) await writeHistory(tx, before, moved, change.correlationId, nowMs);

  const file = await readInstanceFile(tx, row.id);
  if (!file) throw instanceNotFound(row.id);
  const progress = progressPercent(file.instance.state, file.actions);
  const loudFields = Object.keys(change.fields ?? {}).filter(name => !quietFields.some(quiet => quiet === name));
  const events = [
    ...actions.map(({action, step}) =>
      actionEvent(before, action, step, change.correlationId, step === 'succeeded' ? progress : null),
    ),
    ...resourceEvents,
    ...(loudFields.length > 0 ? [fieldsEvent(file.instance, loudFields, change.correlationId)] : []),
    ...(moved ? [stateEvent(before, moved, change.correlationId, progress)] : []),
  ];
  await appendEvents(tx, events, nowMs);
  return file;
}

/** The first statement of every change: it locks the row in engines that lock rows. */
async function lockInstance(tx: Tx, instanceId: string): Promise<InstanceRow> {
  const row = await tx
    .updateTable('instances')
    .set(({eb}) => ({revision: eb('revision', '+', 1)}))
    .where('id', '=', instanceId)
    .returningAll()
    .executeTakeFirst();

  if (!row) throw instanceNotFound(instanceId);
  return row;
}

function refuseWithoutLease(row: InstanceRow, change: InstanceChange, nowMs: EpochMs): void {
  if (change.leaseOwner === undefined || row.lease_owner === change.leaseOwner || !isLeaseLive(row, nowMs)) return;
  throw new InventivError(
    'lease_held',
    `Instance ${row.name} is being driven by another process (${row.lease_owner}).`,
    {
      hint: `Follow it with \`inventiv show ${row.name}\`; it is taken over when that process stops.`,
      retryable: true,
    },
  );
}

function refuseOtherLimits({limits, name}: Instance, {whileLimits}: InstanceChange): void {
  if (whileLimits === undefined) return;
  const isSame = limitNames.every(limit => limits !== null && limitOf(limits, limit) === limitOf(whileLimits, limit));
  if (!isSame) throw new InventivError('conflict', `The limits of ${name} have changed meanwhile.`, {retryable: true});
}

interface Move {
  readonly from: InstanceState;
  readonly to: InstanceState;
  readonly reason: string;
}

/** The transition to make; null when there is none or it changes nothing. */
function checkMove(instance: Instance, {transition}: InstanceChange): Move | null {
  if (!transition) return null;
  if (instance.state !== transition.from) {
    throw new InventivError(
      'conflict',
      `Expected instance ${instance.name} to be ${transition.from}, but it has become ${instance.state}.`,
      {hint: `Look at it with \`inventiv show ${instance.name}\` and try again.`, retryable: true},
    );
  }

  return checkTransition(transition.from, transition.to).kind === 'changed' ? transition : null;
}

/** `ready_at_ms` keeps the first time: the start-up that people waited for, not the latest recovery. */
function stateColumns(row: InstanceRow, to: InstanceState, reason: string, nowMs: EpochMs): Partial<InstanceRow> {
  return {
    state: to,
    state_reason: reason,
    state_since_ms: nowMs,
    ...(to === 'ready' && row.ready_at_ms === null ? {ready_at_ms: nowMs} : {}),
    ...(to === 'terminated' ? {terminated_at_ms: nowMs} : {}),
    ...(to === 'archived' ? {archived_at_ms: nowMs} : {}),
  };
}

async function writeHistory(
  tx: Tx,
  instance: Instance,
  move: Move,
  correlationId: string,
  nowMs: EpochMs,
): Promise<void> {
  await tx
    .insertInto('instance_state_history')
    .values({
      organization_id: instance.organizationId,
      instance_id: instance.id,
      from_state: move.from,
      to_state: move.to,
      reason: move.reason,
      at_ms: nowMs,
      correlation_id: correlationId,
    })
    .execute();
}
