import {InventivError} from './errors.ts';

/** The refusal of a store that a newer program wrote: this one cannot know what is in it. */
export function storeNewer(location: string, schemaVersion: number, programVersion: number): InventivError {
  return new InventivError(
    'store_newer',
    `The database ${location} has schema version ${schemaVersion}; this inventiv knows versions up to ${programVersion}.`,
    {
      hint: 'Upgrade inventiv (npm install -g inventiv@latest), or keep the state elsewhere (see `inventiv config path`).',
    },
  );
}
