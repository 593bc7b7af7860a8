import {freshMemory, type HealthMemory} from '../../core/health/memory.ts';
import type {HealthStore, RememberedHealth} from '../../ports/health.ts';
import {chunksOf} from './bounds.ts';
import {isRecord, toJson} from './json-column.ts';
import {type StoreParts, write} from './transaction.ts';

export function createHealthStore(parts: Pick<StoreParts, 'db' | 'clock'>): HealthStore {
  const {db} = parts;
  return {
    async load(instanceIds) {
      const found = new Map<string, RememberedHealth>();
      for (const chunk of chunksOf(instanceIds)) {
        const query = db.selectFrom('instance_health').selectAll();
        for (const row of await query.where('instance_id', 'in', [...chunk]).execute()) {
          found.set(row.instance_id, {memory: memoryFromJson(row.memory), revision: row.revision});
        }
      }

      return found;
    },

    save: entries =>
      write(parts, async (tx, nowMs) => {
        for (const chunk of chunksOf(entries)) {
          const rows = chunk.map(({instanceId, memory, revision}) => ({
            instance_id: instanceId,
            memory: toJson(memory, 'instance_health.memory'),
            revision: revision + 1,
            updated_at_ms: nowMs,
          }));
          await tx
            .insertInto('instance_health')
            .values(rows)
            .onConflict(conflict =>
              conflict
                .column('instance_id')
                .doUpdateSet(({ref}) => ({
                  memory: ref('excluded.memory'),
                  revision: ref('excluded.revision'),
                  updated_at_ms: nowMs,
                }))
                .where(({eb, ref}) => eb('instance_health.revision', '=', eb(ref('excluded.revision'), '-', 1))),
            )
            .execute();
        }
      }),
  };
}

/** Fields that an earlier version did not write are as if never looked at. */
function memoryFromJson(text: string): HealthMemory {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? {...freshMemory, ...value} : freshMemory;
  } catch {
    return freshMemory;
  }
}
