import {createHash, randomUUID} from 'node:crypto';

export type MakeId = () => string;

/** Random UUIDs, or with a seed the same UUIDs at every run. */
export function makeIdSource(seed?: string): MakeId {
  if (seed === undefined) return randomUUID;
  let count = 0;
  return () => stableId(`${seed}:${count++}`);
}

/** The UUID that always belongs to `text`: ids of the built-in images, default groups and the like. */
export function stableId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}
