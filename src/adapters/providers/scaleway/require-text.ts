import {unavailable} from './refusal.ts';

/** JSON that lacks what everything hangs on is no answer: ids and states that the SDK types as always there. */
export function requireText(fields: Readonly<Record<string, unknown>>, what: string): void {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string' && value !== '') continue;
    throw unavailable(`Scaleway told of a ${what} without ${name}.`, 'malformed_answer');
  }
}
