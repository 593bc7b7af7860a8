import {concatBytes} from './bytes.ts';
import type {JsonObject} from './json-object.ts';

/** What to do with members, by name: new value bytes, or null to take the member out. */
export type MemberEdits = ReadonlyMap<string, Uint8Array | null>;

/**
 * The document with some members of one object replaced, removed or added; every other value keeps its bytes, so 64-bit
 * integers, exponents and escapes arrive as the client wrote them. Members not found and not removed are added last.
 */
export function rewriteMembers(bytes: Uint8Array, object: JsonObject, edits: MemberEdits): Uint8Array {
  const pieces: Uint8Array[] = [bytes.subarray(0, object.start + 1)];
  const missing = new Map(edits);
  let count = 0;
  const put = (...parts: Uint8Array[]): void => {
    if (count++ > 0) pieces.push(comma);
    pieces.push(...parts);
  };

  for (const member of object.members) {
    const edit = edits.get(member.name);
    missing.delete(member.name);
    if (edit === undefined) put(bytes.subarray(member.start, member.valueEnd));
    else if (edit !== null) put(bytes.subarray(member.start, member.valueStart), edit);
  }

  for (const [name, value] of missing) {
    if (value !== null) put(jsonBytes(name), colon, value);
  }

  pieces.push(bytes.subarray(object.end - 1));
  return concatBytes(pieces);
}

const encoder = new TextEncoder();
const comma = encoder.encode(',');
const colon = encoder.encode(':');

export function jsonBytes(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}
