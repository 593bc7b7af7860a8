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
        for (const {instanceId, memory, revision} of entries) {
          const columns = {memory: toJson(memory, 'instance_health.memory'), updated_at_ms: nowMs};
          await tx
            .insertInto('instance_health')
            .values({instance_id: instanceId, revision: revision + 1, ...columns})
            .onConflict(conflict =>
              conflict
                .column('instance_id')
                .doUpdateSet({revision: revision + 1, ...columns})
                .where('instance_health.revision', '=', revision),
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
