import {type SeededRandom, seededRandom} from './random.ts';
import {WORDS} from './words.ts';

/** Deep schemas are cut here; a recursive `$ref` would never end. */
const DEPTH_MAX = 6;

/** A small value that fits a JSON schema (the parts of it that tool definitions use), seeded. */
export function sampleJson(schema: unknown, seed: number): unknown {
  return sample(schema, seededRandom(seed), 0);
}

function sample(schema: unknown, random: SeededRandom, depth: number): unknown {
  if (!isRecord(schema) || depth > DEPTH_MAX) return words(random, 1);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[random.int(0, schema.enum.length - 1)];
  const alternatives = [schema.anyOf, schema.oneOf, schema.allOf].find(list => Array.isArray(list) && list.length > 0);
  if (Array.isArray(alternatives)) return sample(alternatives[0], random, depth + 1);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'integer':
      return random.int(numberOr(schema.minimum, 0), numberOr(schema.maximum, numberOr(schema.minimum, 0) + 100));
    case 'number':
      return Math.round((numberOr(schema.minimum, 0) + random.next()) * 100) / 100;
    case 'boolean':
      return random.next() < 0.5;
    case 'null':
      return null;
    case 'array':
      return [sample(schema.items, random, depth + 1)];
    case 'string':
      return words(random, 2);
    default:
      return isRecord(schema.properties) || type === 'object' ? sampleObject(schema, random, depth) : words(random, 1);
  }
}

function sampleObject(schema: Record<string, unknown>, random: SeededRandom, depth: number): Record<string, unknown> {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, sample(value, random, depth + 1)]),
  );
}

function words(random: SeededRandom, count: number): string {
  return Array.from({length: count}, () => WORDS[random.int(0, WORDS.length - 1)]).join(' ');
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : otherwise;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
