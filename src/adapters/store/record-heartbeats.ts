import {InventivError} from '../../core/errors.ts';
import type {EpochMs} from '../../core/time.ts';
import type {HeartbeatOutcome, HeartbeatRecord} from '../../ports/workers.ts';
import {chunksOf, JSON_COLUMN_MAX_BYTES, SAMPLES_KEPT_PER_INSTANCE} from './bounds.ts';
import type {WorkerTokenRow} from './tables.ts';
import type {Tx} from './transaction.ts';
import {sampleToRow} from './worker-sample-row.ts';

/** Old samples are deleted at every so many heartbeats: that many more may be kept meanwhile. */
const pruneEveryBeats = 20;

/** Several heartbeats in few statements: what one costs is mostly the statement, not the row. */
export async function recordHeartbeats(
  tx: Tx,
  beats: readonly HeartbeatRecord[],
  nowMs: EpochMs,
): Promise<readonly HeartbeatOutcome[]> {
  for (const {sample} of beats) refuseLarge(sample.payload.length);
  const tokens = await liveTokens(tx, beats);
  const taken: HeartbeatRecord[] = [];
  const moved = new Map<string, WorkerTokenRow>();
  const outcomes = beats.map((beat): HeartbeatOutcome => {
    const token = tokens.get(beat.instanceId);
    if (token?.boot_id !== beat.bootId) return 'other_boot';
    if (beat.seq <= token.last_seq) return 'replayed';
    token.last_seq = beat.seq;
    moved.set(beat.instanceId, token);
    taken.push(beat);
    return 'recorded';
  });
  if (taken.length === 0) return outcomes;

  await moveSequences(tx, [...moved.values()]);
  for (const beat of taken) {
    if (beat.tokenHash !== undefined && beat.tokenHash === tokens.get(beat.instanceId)?.next_hash) {
      await adoptNextToken(tx, beat.instanceId, beat.tokenHash);
    }
  }

  for (const chunk of chunksOf(taken)) {
    await tx
      .insertInto('worker_samples')
      .values(chunk.map(({instanceId, sample}) => sampleToRow(instanceId, sample)))
      .execute();
  }

  for (const {instanceId, seq} of taken) if (seq % pruneEveryBeats === 0) await pruneSamples(tx, instanceId);
  for (const chunk of chunksOf([...moved.keys()])) {
    await tx
      .updateTable('instances')
      .set({last_seen_at_ms: nowMs})
      .where('id', 'in', [...chunk])
      .execute();
  }

  return outcomes;
}

async function liveTokens(tx: Tx, beats: readonly HeartbeatRecord[]): Promise<Map<string, WorkerTokenRow>> {
  const tokens = new Map<string, WorkerTokenRow>();
  for (const chunk of chunksOf([...new Set(beats.map(({instanceId}) => instanceId))])) {
    const rows = await tx
      .selectFrom('worker_tokens')
      .selectAll()
      .where('instance_id', 'in', [...chunk])
      .where('revoked_at_ms', 'is', null)
      .execute();
    for (const row of rows) tokens.set(row.instance_id, row);
  }

  return tokens;
}

async function moveSequences(tx: Tx, rows: readonly WorkerTokenRow[]): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    await tx
      .insertInto('worker_tokens')
      .values([...chunk])
      .onConflict(conflict =>
        conflict.column('token_hash').doUpdateSet(({ref}) => ({last_seq: ref('excluded.last_seq')})),
      )
      .execute();
  }
}

/** The first use of the next token ends the one before. */
async function adoptNextToken(tx: Tx, instanceId: string, tokenHash: string): Promise<void> {
  await tx
    .updateTable('worker_tokens')
    .set({token_hash: tokenHash, next_hash: null})
    .where('instance_id', '=', instanceId)
    .where('next_hash', '=', tokenHash)
    .where('revoked_at_ms', 'is', null)
    .execute();
}

async function pruneSamples(tx: Tx, instanceId: string): Promise<void> {
  const oldestKept = tx
    .selectFrom('worker_samples')
    .select('id')
    .where('instance_id', '=', instanceId)
    .orderBy('id', 'desc')
    .offset(SAMPLES_KEPT_PER_INSTANCE - 1)
    .limit(1);
  await tx.deleteFrom('worker_samples').where('instance_id', '=', instanceId).where('id', '<', oldestKept).execute();
}

function refuseLarge(bytes: number): void {
  if (bytes <= JSON_COLUMN_MAX_BYTES) return;
  throw new InventivError(
    'body_too_large',
    `Expected a heartbeat of at most ${JSON_COLUMN_MAX_BYTES} bytes, got ${bytes}.`,
  );
}
