import {InventivError} from '../../core/errors.ts';
import type {Snapshot} from './snapshot.ts';

/** Finds something in the snapshot; what is not there (`not_authenticated`, `model_not_found`) is looked for once more in a fresh one. */
export type Look = <Found>(find: (snapshot: Snapshot) => Found) => Promise<Found>;

/** `catchUp`: true when there was something new, and the snapshot has it now. */
export function lookIn(current: () => Snapshot, catchUp: () => Promise<boolean>): Look {
  return async find => {
    try {
      return find(current());
    } catch (error) {
      if (!isNotThere(error) || !(await catchUp())) throw error;
      return find(current());
    }
  };
}

function isNotThere(error: unknown): boolean {
  return error instanceof InventivError && (error.code === 'not_authenticated' || error.code === 'model_not_found');
}
