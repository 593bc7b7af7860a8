import {InventivError} from '../../core/errors.ts';
import type {NewEvent} from '../../core/events.ts';
import type {EpochMs} from '../../core/time.ts';
import {
  commandMaxAgeMs,
  openCommandsMax,
  type WorkerCommand,
  type WorkerCommandType,
} from '../../core/worker/command.ts';
import type {WorkerCommandStore} from '../../ports/worker-commands.ts';
import {boundLimit, listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import {metadataFromJson, toJson} from './json-column.ts';
import type {WorkerCommandRow} from './tables.ts';
import {type StoreParts, type Tx, write} from './transaction.ts';

export function createWorkerCommandStore(parts: Pick<StoreParts, 'db' | 'clock'>): WorkerCommandStore {
  const {db} = parts;
  return {
    enqueue: (command, {nextTokenHash}) =>
      write(parts, async (tx, nowMs) => {
        if (nextTokenHash !== null) await beginRotation(tx, command.instanceId, nextTokenHash, nowMs);
        const open = await openRows(tx, command.instanceId, nowMs);
        if (open.length >= openCommandsMax) {
          throw new InventivError('conflict', `${open.length} commands wait for this worker already.`, {
            hint: 'Look at them with "inventiv instances commands NAME"; they are sent with its next heartbeat.',
          });
        }

        await tx.insertInto('worker_commands').values(newRow(command, nowMs)).execute();
        await appendEvents(tx, [commandEvent(command, 'requested', {})], nowMs);
      }),

    async deliver(instanceId) {
      // Nearly always there is nothing to tell: no write transaction for that.
      if ((await openRows(db, instanceId, parts.clock.nowMs())).length === 0) return [];
      return write(parts, async (tx, nowMs) => {
        const rows = await openRows(tx, instanceId, nowMs);
        await tx
          .updateTable('worker_commands')
          .set(({eb}) => ({deliveries: eb('deliveries', '+', 1), delivered_at_ms: nowMs}))
          .where(
            'id',
            'in',
            rows.map(({id}) => id),
          )
          .execute();
        return rows.map(commandFromRow);
      });
    },

    answer: (instanceId, answers) =>
      write(parts, async (tx, nowMs) => {
        let taken = 0;
        for (const {id, ok, message, logs} of answers) {
          const row = await tx
            .updateTable('worker_commands')
            .set({
              ...{finished_at_ms: nowMs, ok: ok ? 1 : 0, message, sealed: null},
              result: logs === null ? null : toJson(logs, 'worker_commands.result'),
            })
            .where('id', '=', id)
            .where('instance_id', '=', instanceId)
            .where('finished_at_ms', 'is', null)
            .returningAll()
            .executeTakeFirst();
          if (!row) continue;
          taken += 1;
          await appendEvents(tx, [commandEvent(commandFromRow(row), 'finished', {ok, message})], nowMs);
        }

        return taken;
      }),

    async list(scope, instanceId, limit) {
      const rows = await db
        .selectFrom('worker_commands')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('instance_id', '=', instanceId)
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(boundLimit(limit, listRowsMax.commands))
        .execute();
      return rows.map(commandFromRow);
    },
  };
}

async function beginRotation(tx: Tx, instanceId: string, nextHash: string, nowMs: EpochMs): Promise<void> {
  const token = await tx
    .updateTable('worker_tokens')
    .set({next_hash: nextHash})
    .where('instance_id', '=', instanceId)
    .where('revoked_at_ms', 'is', null)
    .executeTakeFirst();
  if (token.numUpdatedRows === 0n) {
    throw new InventivError('conflict', 'This worker has no token: it never registered here.', {
      hint: 'Workers register when controlPlaneUrl is configured at their installation: inventiv reinstall NAME',
    });
  }

  await tx
    .updateTable('worker_commands')
    .set({finished_at_ms: nowMs, ok: 0, message: 'replaced by a later rotation', sealed: null})
    .where('instance_id', '=', instanceId)
    .where('type', '=', 'rotate_token')
    .where('finished_at_ms', 'is', null)
    .execute();
}

function openRows(db: StoreParts['db'] | Tx, instanceId: string, nowMs: EpochMs): Promise<WorkerCommandRow[]> {
  return db
    .selectFrom('worker_commands')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .where('finished_at_ms', 'is', null)
    .where('created_at_ms', '>', nowMs - commandMaxAgeMs)
    .orderBy('created_at_ms')
    .orderBy('id')
    .limit(openCommandsMax)
    .execute();
}

function newRow(command: WorkerCommand, nowMs: EpochMs): WorkerCommandRow {
  return {
    id: command.id,
    organization_id: command.organizationId,
    instance_id: command.instanceId,
    type: command.type,
    tail: command.tail,
    sealed: command.sealed,
    requested_by: command.requestedBy,
    created_at_ms: nowMs,
    delivered_at_ms: null,
    deliveries: 0,
    finished_at_ms: null,
    ok: null,
    message: null,
    result: null,
  };
}

function commandFromRow(row: WorkerCommandRow): WorkerCommand {
  return {
    id: row.id,
    organizationId: row.organization_id,
    instanceId: row.instance_id,
    type: row.type as WorkerCommandType,
    tail: row.tail,
    sealed: row.sealed,
    requestedBy: row.requested_by,
    createdAtMs: row.created_at_ms,
    deliveredAtMs: row.delivered_at_ms,
    deliveries: row.deliveries,
    answer:
      row.finished_at_ms === null
        ? null
        : {
            atMs: row.finished_at_ms,
            ok: row.ok === 1,
            message: row.message ?? '',
            logs: row.result === null ? null : metadataFromJson(row.result),
          },
  };
}

/** `worker_command.requested|finished`; the subject is the instance. */
function commandEvent(
  {id, organizationId, instanceId, type}: WorkerCommand,
  what: 'requested' | 'finished',
  facts: NewEvent['payload'],
): NewEvent {
  return {
    organizationId,
    topic: 'instances',
    type: `worker_command.${what}`,
    subjectId: instanceId,
    correlationId: null,
    payload: {command: id, type, ...facts},
  };
}
