import {type InstanceState, isGone} from '../../core/instance/state.ts';
import type {WorkerSample} from '../../core/worker/protocol.ts';
import type {WorkerStore} from '../../ports/workers.ts';
import {boundLimit, chunksOf, SAMPLES_KEPT_PER_INSTANCE} from './bounds.ts';
import {recordHeartbeats} from './record-heartbeats.ts';
import {type StoreParts, type Tx, write} from './transaction.ts';
import {figuresFromRow, sampleFigureColumns, sampleFromRow} from './worker-sample-row.ts';

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

    recordHeartbeats: beats =>
      beats.length === 0 ? Promise.resolve([]) : write(parts, (tx, nowMs) => recordHeartbeats(tx, beats, nowMs)),

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
        // One step into the index per instance; grouping would walk over all that is kept.
        const latest = db
          .selectFrom('instances as i')
          .where('i.id', 'in', [...chunk])
          .select(({selectFrom}) =>
            selectFrom('worker_samples as s')
              .select(({fn}) => fn.max('s.id').as('id'))
              .whereRef('s.instance_id', '=', 'i.id')
              .as('id'),
          );
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

async function isInstanceGone(tx: Tx, instanceId: string): Promise<boolean> {
  const row = await tx.selectFrom('instances').select('state').where('id', '=', instanceId).executeTakeFirst();
  return !row || isGone(row.state as InstanceState);
}
