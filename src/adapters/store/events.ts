import type {Selectable} from 'kysely';
import type {DomainEvent, EventTopic, NewEvent} from '../../core/events.ts';
import type {EpochMs} from '../../core/time.ts';
import type {EventStore} from '../../ports/store.ts';
import {boundLimit, chunksOf, listRowsMax} from './bounds.ts';
import {metadataFromJson, toJson} from './json-column.ts';
import type {EventTable} from './tables.ts';
import {type StoreParts, type Tx, write} from './transaction.ts';

export function createEventStore(parts: Pick<StoreParts, 'db' | 'clock' | 'changeToken'>): EventStore {
  const {db} = parts;
  return {
    append: event =>
      write(parts, async (tx, nowMs) => {
        const row = {...eventToRow(event), at_ms: nowMs};
        return eventFromRow(await tx.insertInto('events').values(row).returningAll().executeTakeFirstOrThrow());
      }),

    async after(afterId, {limit, scope, topics}) {
      if (topics?.length === 0) return [];
      let query = db.selectFrom('events').selectAll().where('id', '>', afterId);
      if (scope) query = query.where('organization_id', '=', scope.organizationId);
      if (topics) query = query.where('topic', 'in', [...topics]);
      const rows = await query.orderBy('id').limit(boundLimit(limit, listRowsMax.events)).execute();
      return rows.map(eventFromRow);
    },

    async latestId() {
      const row = await db
        .selectFrom('events')
        .select(({fn}) => fn.max('id').as('id'))
        .executeTakeFirst();
      return Number(row?.id ?? 0);
    },

    changeToken: () => Promise.resolve(parts.changeToken()),

    prune: (olderThanMs, limit) =>
      write(parts, async tx => {
        const old = tx
          .selectFrom('events')
          .select('id')
          .where('at_ms', '<', olderThanMs)
          .orderBy('at_ms')
          .limit(boundLimit(limit, listRowsMax.pruned));
        const result = await tx.deleteFrom('events').where('id', 'in', old).executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

/** Writes events in the transaction of the change they tell of. */
export async function appendEvents(tx: Tx, events: readonly NewEvent[], nowMs: EpochMs): Promise<void> {
  for (const chunk of chunksOf(events)) {
    await tx
      .insertInto('events')
      .values(chunk.map(event => ({...eventToRow(event), at_ms: nowMs})))
      .execute();
  }
}

function eventToRow(event: NewEvent) {
  return {
    organization_id: event.organizationId,
    topic: event.topic,
    type: event.type,
    subject_id: event.subjectId,
    correlation_id: event.correlationId,
    payload: toJson(event.payload, 'events.payload'),
  };
}

function eventFromRow(row: Selectable<EventTable>): DomainEvent {
  return {
    id: row.id,
    organizationId: row.organization_id,
    topic: row.topic as EventTopic,
    type: row.type,
    subjectId: row.subject_id,
    correlationId: row.correlation_id,
    atMs: row.at_ms,
    payload: metadataFromJson(row.payload),
  };
}
