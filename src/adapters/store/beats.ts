import type {BeatStore} from '../../ports/store.ts';
import {type StoreParts, write} from './transaction.ts';

export function createBeatStore(parts: Pick<StoreParts, 'db' | 'clock'>): BeatStore {
  return {
    beat: (name, atMs) =>
      write(parts, async tx => {
        await tx
          .insertInto('loop_beats')
          .values({name, at_ms: atMs})
          .onConflict(conflict => conflict.column('name').doUpdateSet({at_ms: atMs}))
          .execute();
      }),

    async last(name) {
      const row = await parts.db.selectFrom('loop_beats').select('at_ms').where('name', '=', name).executeTakeFirst();
      return row?.at_ms ?? null;
    },
  };
}
