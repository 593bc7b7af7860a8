import type {BodyFields} from './body-fields.ts';
import {encode, VOCABULARY_SIZE} from './tokenizer.ts';

/** A text, token ids, or a list of either, as `prompt` and `input` take them: token ids per prompt. */
export function readPrompts(fields: BodyFields, name: string): number[][] {
  const value = fields.raw(name);
  if (value === undefined) {
    fields.problem(name, 'Field required');
    return [];
  }
  if (typeof value === 'string') return [encode(value)];
  if (isTokenIds(value)) return [value];
  if (Array.isArray(value) && value.length > 0) {
    const prompts = value.map((item: unknown) =>
      typeof item === 'string' ? encode(item) : isTokenIds(item) ? item : null,
    );
    if (prompts.every(ids => ids !== null)) return prompts;
  }
  fields.problem(name, 'Input should be a valid string, list of strings or list of token ids');
  return [];
}

export function isTokenIds(value: unknown): value is number[] {
  const isId = (id: unknown): boolean =>
    typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < VOCABULARY_SIZE;
  return Array.isArray(value) && value.length > 0 && value.every(isId);
}
