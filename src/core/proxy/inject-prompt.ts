import {concatBytes} from './bytes.ts';
import type {ProxyEndpoint} from './endpoints.ts';
import {traitsOf} from './endpoints.ts';
import type {JsonMember, JsonObject} from './json-object.ts';
import {elementsAt, findMember, firstElementAt, objectAt, readMember} from './json-object.ts';
import {jsonBytes} from './json-rewrite.ts';

/**
 * The body with a system prompt of ours before what the client says: one piece put in, all other bytes as they were. A
 * system turn that is there takes it in, because many templates refuse a second one. The same bytes where the endpoint
 * has no system turn, or where the engine will refuse the request for its shape. Throws `invalid_input` for a message
 * that names a member twice.
 */
export function injectPrompt(
  endpoint: ProxyEndpoint,
  body: Uint8Array,
  object: JsonObject,
  prompt: string,
): Uint8Array {
  const piece = findPlace(endpoint, body, object)?.(prompt) ?? null;
  if (piece === null) return body;
  return concatBytes([body.subarray(0, piece.start), piece.bytes, body.subarray(piece.end)]);
}

/** `bytes` in place of what is from `start` to `end`; most only put in. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

type Place = (prompt: string) => Piece | null;

function findPlace(endpoint: ProxyEndpoint, body: Uint8Array, object: JsonObject): Place | null {
  switch (traitsOf(endpoint).systemPrompt) {
    case 'messages': {
      const messages = findMember(object, 'messages');
      if (messages === null || body[messages.valueStart] !== openBracket) return null;
      return turnIn(body, messages, 'text') ?? firstIn(body, messages);
    }
    case 'instructions': {
      const instructions = findMember(object, 'instructions');
      const input = findMember(object, 'input');
      // The engine makes a system turn of instructions, beside one that may be in the input.
      const turn = isSaid(body, instructions) || input === null ? null : turnIn(body, input, 'input_text');
      return turn ?? memberOf(body, object, 'instructions', 'text');
    }
    case 'system':
      return memberOf(body, object, 'system', 'text');
    case null:
      return null;
  }
}

/** Into the first turn of the system, or of the developer, in a list of messages; null when there is none. */
function turnIn(body: Uint8Array, messages: JsonMember, partType: PartType): Place | null {
  for (const at of elementsAt(body, messages.valueStart)) {
    const turn = objectAt(body, at);
    const role = turn === null ? null : findMember(turn, 'role');
    if (turn === null || role === null || role.valueEnd - role.valueStart > roleMaxBytes) continue;
    const name = readMember(body, role);
    if (name === 'system' || name === 'developer') return memberOf(body, turn, 'content', partType);
  }

  return null;
}

/** A turn of its own, before all others. */
function firstIn(body: Uint8Array, messages: JsonMember): Place {
  const at = messages.valueStart + 1;
  const isAlone = firstElementAt(body, messages.valueStart) === null;
  return prompt => insert(at, joined([{role: 'system', content: prompt}], isAlone));
}

/** Before the text of a member, as the first part of a list of parts, or as the member where it is absent or null. */
function memberOf(body: Uint8Array, object: JsonObject, name: string, partType: PartType): Place {
  return prompt => {
    const member = findMember(object, name);
    // No object is empty here: there is a model, or a role, after what is put in.
    if (member === null)
      return insert(object.start + 1, concatBytes([jsonBytes(name), colon, jsonBytes(prompt), comma]));
    const {valueStart, valueEnd} = member;
    const first = body[valueStart];
    if (first === quote) {
      const text = valueEnd - valueStart > emptyStringBytes ? `${prompt}\n\n` : prompt;
      return insert(valueStart + 1, jsonBytes(text).subarray(1, -1));
    }

    if (first === openBracket) {
      const isAlone = firstElementAt(body, valueStart) === null;
      return insert(valueStart + 1, joined([{type: partType, text: prompt}], isAlone));
    }

    return first === letterN ? {start: valueStart, end: valueEnd, bytes: jsonBytes(prompt)} : null;
  };
}

type PartType = 'text' | 'input_text';

const roleMaxBytes = 128;
const emptyStringBytes = 2;
const quote = 0x22;
const openBracket = 0x5b;
const letterN = 0x6e;
const comma = Uint8Array.of(0x2c);
const colon = Uint8Array.of(0x3a);

function isSaid(body: Uint8Array, member: JsonMember | null): boolean {
  return member !== null && body[member.valueStart] !== letterN;
}

function insert(at: number, bytes: Uint8Array): Piece {
  return {start: at, end: at, bytes};
}

/** The elements as they stand inside a list, with a comma where others follow. */
function joined(elements: readonly object[], isAlone: boolean): Uint8Array {
  const inside = jsonBytes(elements).subarray(1, -1);
  return isAlone ? inside : concatBytes([inside, comma]);
}
