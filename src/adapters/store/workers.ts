import {InventivError} from '../../core/errors.ts';
import {type InstanceState, isGone} from '../../core/instance/state.ts';
import type {WorkerSample} from '../../core/worker/protocol.ts';
import type {WorkerStore} from '../../ports/store.ts';
import {boundLimit, chunksOf, JSON_COLUMN_MAX_BYTES, SAMPLES_KEPT_PER_INSTANCE} from './bounds.ts';
import {type StoreParts, type Tx, write} from './transaction.ts';
import {figuresFromRow, sampleFigureColumns, sampleFromRow, sampleToRow} from './worker-sample-row.ts';

/** Sequences may begin at 0. */
const SEQ_BEFORE_FIRST = -1;

export function createWorkerStore(parts: Pick<StoreParts, 'db' | 'clock'>): WorkerStore {
  const {db} = parts;
  return {
    saveEnrolment: (instanceId, secretHash) =>
      write(parts, async (tx, nowMs) => {
        const columns = {secret_hash: secretHash, created_at_ms: nowMs, used_at_ms: null};
        await tx
          .insertInto('worker_enrolments')
          .values({instance_id: instanceId, ...columns})
          .onConflict(conflict => conflict.column('instance_id').doUpdateSet(columns))
          .execute();
      }),

    enrol: ({secretHash, bootId, tokenHash}) =>
      write(parts, async (tx, nowMs) => {
        // Taking the secret is one statement: of two workers with one secret, one gets in.
        const taken = await tx
          .updateTable('worker_enrolments')
          .set({used_at_ms: nowMs})
          .where('secret_hash', '=', secretHash)
          .where('used_at_ms', 'is', null)
          .returning('instance_id')
          .executeTakeFirst();
        const instanceId = taken?.instance_id ?? (await repeatedEnrolment(tx, secretHash, bootId));
        if (instanceId === null) return {kind: 'unknown'};
        if (await isInstanceGone(tx, instanceId)) return {kind: 'gone'};

        await tx
          .updateTable('worker_tokens')
          .set({revoked_at_ms: nowMs})
          .where('instance_id', '=', instanceId)
          .where('revoked_at_ms', 'is', null)
          .execute();
        const token = {token_hash: tokenHash, instance_id: instanceId, boot_id: bootId, last_seq: SEQ_BEFORE_FIRST};
        await tx
          .insertInto('worker_tokens')
          .values({...token, created_at_ms: nowMs, revoked_at_ms: null, next_hash: null})
          .execute();
        return {kind: 'accepted', instanceId};
      }),

    async findByTokenHash(tokenHash) {
      const row = await db
        .selectFrom('worker_tokens as t')
        .innerJoin('instances as i', 'i.id', 't.instance_id')
        .select(['t.instance_id', 't.boot_id', 't.last_seq', 'i.state'])
        .where(({eb, or}) => or([eb('t.token_hash', '=', tokenHash), eb('t.next_hash', '=', tokenHash)]))
        .where('t.revoked_at_ms', 'is', null)
        .executeTakeFirst();
      return row
        ? {
            instanceId: row.instance_id,
            bootId: row.boot_id,
            lastSeq: row.last_seq,
            gone: isGone(row.state as InstanceState),
          }
        : null;
    },

    recordHeartbeat: ({instanceId, bootId, seq, sample, tokenHash}) =>
      write(parts, async (tx, nowMs) => {
        const token = await tx
          .selectFrom('worker_tokens')
          .select(['token_hash', 'next_hash', 'boot_id', 'last_seq'])
          .where('instance_id', '=', instanceId)
          .where('revoked_at_ms', 'is', null)
          .executeTakeFirst();
        if (token?.boot_id !== bootId) return 'other_boot';

        const moved = await tx
          .updateTable('worker_tokens')
          // The first use of the next token ends the one before.
          .set(
            tokenHash !== undefined && tokenHash === token.next_hash
              ? {...adopted(tokenHash), last_seq: seq}
              : {last_seq: seq},
          )
          .where('token_hash', '=', token.token_hash)
          .where('last_seq', '<', seq)
          .executeTakeFirst();
        if (moved.numUpdatedRows === 0n) return 'replayed';

        await keepSample(tx, instanceId, sample);
        await tx.updateTable('instances').set({last_seen_at_ms: nowMs}).where('id', '=', instanceId).execute();
        return 'recorded';
      }),

    async recentSamples(instanceId, limit) {
      const rows = await db
        .selectFrom('worker_samples')
        .select(sampleFigureColumns)
        .where('instance_id', '=', instanceId)
        .orderBy('id', 'desc')
        .limit(boundLimit(limit, SAMPLES_KEPT_PER_INSTANCE))
        .execute();
      return rows.reverse().map(figuresFromRow);
    },

    async latestSamples(instanceIds) {
      const samples: WorkerSample[] = [];
      for (const chunk of chunksOf(instanceIds)) {
        const latest = db
          .selectFrom('worker_samples')
          .select(({fn}) => fn.max('id').as('id'))
          .where('instance_id', 'in', [...chunk])
          .groupBy('instance_id');
        const rows = await db
          .selectFrom('worker_samples')
          .selectAll()
          .where('id', 'in', latest)
          .orderBy('instance_id')
          .execute();
        samples.push(...rows.map(sampleFromRow));
      }

      return samples;
    },
  };
}

/**
 * The answer to an enrolment may be lost on its way: the same boot that used the secret may use it again until its token
 * was seen once. The earlier token is then revoked like any other.
 */
async function repeatedEnrolment(tx: Tx, secretHash: string, bootId: string): Promise<string | null> {
  const row = await tx
    .selectFrom('worker_enrolments as e')
    .innerJoin('worker_tokens as t', 't.instance_id', 'e.instance_id')
    .select('e.instance_id')
    .where('e.secret_hash', '=', secretHash)
    .where('t.boot_id', '=', bootId)
    .where('t.last_seq', '=', SEQ_BEFORE_FIRST)
    .where('t.revoked_at_ms', 'is', null)
    .executeTakeFirst();
  return row?.instance_id ?? null;
}

function adopted(tokenHash: string): {token_hash: string; next_hash: null} {
  return {token_hash: tokenHash, next_hash: null};
}

async function keepSample(tx: Tx, instanceId: string, sample: WorkerSample): Promise<void> {
  if (sample.payload.length > JSON_COLUMN_MAX_BYTES) {
    throw new InventivError(
      'body_too_large',
      `Expected a heartbeat of at most ${JSON_COLUMN_MAX_BYTES} bytes, got ${sample.payload.length}.`,
    );
  }

  await tx.insertInto('worker_samples').values(sampleToRow(instanceId, sample)).execute();
  const oldestKept = tx
    .selectFrom('worker_samples')
    .select('id')
    .where('instance_id', '=', instanceId)
    .orderBy('id', 'desc')
    .offset(SAMPLES_KEPT_PER_INSTANCE - 1)
    .limit(1);
  await tx.deleteFrom('worker_samples').where('instance_id', '=', instanceId).where('id', '<', oldestKept).execute();
}

async function isInstanceGone(tx: Tx, instanceId: string): Promise<boolean> {
  const row = await tx.selectFrom('instances').select('state').where('id', '=', instanceId).executeTakeFirst();
  return !row || isGone(row.state as InstanceState);
}
