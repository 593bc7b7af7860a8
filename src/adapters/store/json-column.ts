import {InventivError} from '../../core/errors.ts';
import type {ActionMetadata} from '../../core/instance/action.ts';
import {JSON_COLUMN_MAX_BYTES} from './bounds.ts';

/** JSON text for a column; too large is `invalid_input`. */
export function toJson(value: unknown, column: string): string {
  const text = JSON.stringify(value);
  if (text.length > JSON_COLUMN_MAX_BYTES) {
    throw new InventivError(
      'invalid_input',
      `${column}: expected at most ${JSON_COLUMN_MAX_BYTES} bytes, got ${text.length}.`,
    );
  }

  return text;
}

/**
 * Reads a column that the program cannot do without. What does not have the shape that `accepts` asks for is
 * `store_corrupt`, naming column and row.
 */
export function fromJson<Value>(
  text: string,
  column: string,
  rowId: string,
  accepts: (value: unknown) => value is Value,
): Value {
  const value = parse(text);
  if (accepts(value)) return value;
  throw new InventivError('store_corrupt', `The database holds something unreadable in ${column} of ${rowId}.`, {
    hint: 'Look with `inventiv db check`, then bring back a backup with `inventiv db restore FILE`.',
  });
}

/** Reads a column that only explains: what cannot be read becomes `{unreadable: true}`, so that lists still show. */
export function metadataFromJson(text: string): ActionMetadata {
  const value = parse(text);
  return isMetadata(value) ? value : {unreadable: true};
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string');
}

function isMetadata(value: unknown): value is ActionMetadata {
  return isRecord(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
