import {InventivError} from '../errors.ts';

/** One member of a JSON object, as byte offsets: `"name"` starts at `start`, its value spans `valueStart`..`valueEnd`. */
export interface JsonMember {
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A JSON object found in bytes: `{` is at `start`, the byte after `}` is at `end`. */
export interface JsonObject {
  readonly start: number;
  readonly end: number;
  readonly members: readonly JsonMember[];
}

/** Deeper bodies are refused: the engine's parser recurses, and nobody nests like this in earnest. */
const depthMax = 128;
const nativeSearchFrom = 48;

/**
 * Finds the members of a whole JSON document that must be one object, without decoding any value, so that bytes can be
 * forwarded as they came. Strict on structure (RFC 8259), depth, lone surrogates and repeated names, because the engine
 * must never read the same bytes differently. UTF-8 validity is the caller's check.
 *
 * Throws `invalid_input`.
 */
export function scanJsonDocument(bytes: Uint8Array): JsonObject {
  return new Scanner(bytes, 0).document();
}

/** One member of the object at this offset, looking no further than it; null when there is no object or no such member. */
export function findMemberAt(bytes: Uint8Array, at: number, name: string): JsonMember | null {
  return bytes[at] === 0x7b ? new Scanner(bytes, at).find(name) : null;
}

/** Where the first element of the array at this offset starts; null when there is no array, or it is empty. */
export function firstElementAt(bytes: Uint8Array, at: number): number | null {
  return bytes[at] === 0x5b ? new Scanner(bytes, at).firstElement() : null;
}

/** The whole object at this offset; null when there is none. */
export function objectAt(bytes: Uint8Array, at: number): JsonObject | null {
  return bytes[at] === 0x7b ? new Scanner(bytes, at).object(0) : null;
}

/** Where each element of the array at this offset starts, one after the other; none when there is no array. */
export function elementsAt(bytes: Uint8Array, at: number): Iterable<number> {
  return bytes[at] === 0x5b ? new Scanner(bytes, at).elements() : [];
}

/**
 * How many elements the array at this offset has; null when there is none. An array of numbers is one list of token
 * ids, not a batch: it counts as one.
 */
export function batchSizeAt(bytes: Uint8Array, at: number): number | null {
  return bytes[at] === 0x5b ? new Scanner(bytes, at).batchSize() : null;
}

export function findMember(object: JsonObject, name: string): JsonMember | null {
  for (const member of object.members) {
    if (member.name === name) return member;
  }

  return null;
}

const decoder = new TextDecoder();

/** Decodes one value; only for members whose exact digits do not matter. Throws `invalid_input`. */
export function readMember(bytes: Uint8Array, member: JsonMember): unknown {
  return decode(bytes, member.valueStart, member.valueEnd);
}

/** Control characters in strings are not looked for by the scanner: it crosses long ones in leaps. */
function decode(bytes: Uint8Array, start: number, end: number): unknown {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(start, end)));
  } catch {
    throw fault('a string holds a control character', start);
  }
}

const integerMaxDigits = 15;

/** A count, read without decoding text; null for anything but a whole number of at most 15 digits. */
export function readCount(bytes: Uint8Array, member: JsonMember | null): number | null {
  if (member === null || member.valueEnd - member.valueStart > integerMaxDigits) return null;
  let value = 0;
  for (let at = member.valueStart; at < member.valueEnd; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }

  return value;
}

class Scanner {
  private readonly bytes: Uint8Array;
  private at: number;
  /** The first backslash at or after `at`, once looked for: long strings are then crossed with two native searches. */
  private backslashAt = -1;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  document(): JsonObject {
    this.skipSpace();
    if (this.bytes[this.at] !== 0x7b) throw fault('expected a JSON object', this.at);
    const object = this.object(0);
    this.skipSpace();
    if (this.at !== this.bytes.length) throw fault('unexpected text after the JSON object', this.at);
    return object;
  }

  object(depth: number): JsonObject {
    const start = this.at;
    const members: JsonMember[] = [];
    this.deeper(depth);
    this.at++;
    this.skipSpace();
    if (this.bytes[this.at] !== 0x7d) {
      for (;;) {
        const member = this.member(depth);
        if (depth === 0) members.push(member);
        this.skipSpace();
        if (!this.comma(0x7d)) break;
        this.skipSpace();
      }
    }

    this.at++;
    if (depth === 0) refuseRepeats(members);
    return {start, end: this.at, members};
  }

  find(name: string): JsonMember | null {
    this.at++;
    this.skipSpace();
    if (this.bytes[this.at] === 0x7d) return null;
    for (;;) {
      const member = this.member(0);
      if (member.name === name) return member;
      this.skipSpace();
      if (!this.comma(0x7d)) return null;
      this.skipSpace();
    }
  }

  firstElement(): number | null {
    this.at++;
    this.skipSpace();
    return this.bytes[this.at] === 0x5d ? null : this.at;
  }

  *elements(): Generator<number> {
    if (this.firstElement() === null) return;
    for (;;) {
      yield this.at;
      this.value(1);
      this.skipSpace();
      if (!this.comma(0x5d)) return;
      this.skipSpace();
    }
  }

  batchSize(): number {
    const first = this.firstElement();
    if (first === null) return 0;
    const byte = this.bytes[first] ?? 0;
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return 1;
    for (let size = 1; ; size++) {
      this.value(1);
      this.skipSpace();
      if (!this.comma(0x5d)) return size;
      this.skipSpace();
    }
  }

  private array(depth: number): void {
    this.deeper(depth);
    this.at++;
    this.skipSpace();
    if (this.bytes[this.at] !== 0x5d) {
      for (;;) {
        this.value(depth + 1);
        this.skipSpace();
        if (!this.comma(0x5d)) break;
        this.skipSpace();
      }
    }

    this.at++;
  }

  private member(depth: number): JsonMember {
    const start = this.at;
    if (this.bytes[start] !== 0x22) throw fault('expected a member name in double quotes', start);
    this.string();
    const name = depth === 0 ? decodeName(this.bytes, start, this.at) : '';
    this.skipSpace();
    if (this.bytes[this.at] !== 0x3a) throw fault('expected ":"', this.at);
    this.at++;
    this.skipSpace();
    const valueStart = this.at;
    this.value(depth + 1);
    return {name, start, valueStart, valueEnd: this.at};
  }

  private value(depth: number): void {
    const byte = this.bytes[this.at];
    if (byte === 0x22) this.string();
    else if (byte === 0x7b) this.object(depth);
    else if (byte === 0x5b) this.array(depth);
    else if (byte === 0x74) this.literal('true');
    else if (byte === 0x66) this.literal('false');
    else if (byte === 0x6e) this.literal('null');
    else this.number();
  }

  private string(): void {
    this.at++;
    for (;;) {
      const quoteAt = this.nextQuote();
      if (quoteAt === -1) throw fault('a string is not closed', this.at);
      if (this.backslashAt < this.at) {
        const found = this.bytes.indexOf(0x5c, this.at);
        this.backslashAt = found === -1 ? this.bytes.length : found;
      }

      if (quoteAt < this.backslashAt) {
        this.at = quoteAt + 1;
        return;
      }

      this.at = this.backslashAt;
      this.escape();
    }
  }

  private nextQuote(): number {
    const near = Math.min(this.at + nativeSearchFrom, this.bytes.length);
    for (let at = this.at; at < near; at++) {
      if (this.bytes[at] === 0x22) return at;
    }

    return this.bytes.indexOf(0x22, near);
  }

  private escape(): void {
    const kind = this.bytes[this.at + 1];
    if (kind !== 0x75) {
      if (kind === undefined || !simpleEscapes.includes(kind)) throw fault('unknown escape in a string', this.at);
      this.at += 2;
      return;
    }

    const unit = this.hex4(this.at + 2);
    if (unit >= 0xdc00 && unit <= 0xdfff) throw fault('a string holds half of a surrogate pair', this.at);
    const paired = unit >= 0xd800 && unit <= 0xdbff;
    if (paired) {
      const isEscape = this.bytes[this.at + 6] === 0x5c && this.bytes[this.at + 7] === 0x75;
      const low = isEscape ? this.hex4(this.at + 8) : 0;
      if (low < 0xdc00 || low > 0xdfff) throw fault('a string holds half of a surrogate pair', this.at);
    }

    this.at += paired ? 12 : 6;
  }

  private hex4(from: number): number {
    let value = 0;
    for (let at = from; at < from + 4; at++) {
      const digit = hexDigit(this.bytes[at]);
      if (digit === -1) throw fault('expected four hexadecimal digits after \\u', at);
      value = value * 16 + digit;
    }

    return value;
  }

  private literal(word: string): void {
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[this.at + index] !== word.charCodeAt(index)) throw fault('expected a JSON value', this.at);
    }

    this.at += word.length;
  }

  private number(): void {
    const start = this.at;
    if (this.bytes[this.at] === 0x2d) this.at++;
    if (this.bytes[this.at] === 0x30) this.at++;
    else this.digits(start);
    if (this.bytes[this.at] === 0x2e) {
      this.at++;
      this.digits(start);
    }

    const exponent = this.bytes[this.at];
    if (exponent === 0x65 || exponent === 0x45) {
      this.at++;
      const sign = this.bytes[this.at];
      if (sign === 0x2b || sign === 0x2d) this.at++;
      this.digits(start);
    }
  }

  private digits(start: number): void {
    const from = this.at;
    for (
      let byte = this.bytes[this.at];
      byte !== undefined && byte >= 0x30 && byte <= 0x39;
      byte = this.bytes[this.at]
    ) {
      this.at++;
    }

    if (this.at === from) throw fault('expected a JSON value', start);
  }

  /** True after a comma, false at the closing byte (which is left to the caller). */
  private comma(closing: number): boolean {
    const byte = this.bytes[this.at];
    if (byte === closing) return false;
    if (byte !== 0x2c) throw fault(`expected "," or "${String.fromCharCode(closing)}"`, this.at);
    this.at++;
    return true;
  }

  private deeper(depth: number): void {
    if (depth >= depthMax) throw fault(`nested deeper than ${depthMax} levels`, this.at);
  }

  private skipSpace(): void {
    for (let byte = this.bytes[this.at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; ) {
      this.at++;
      byte = this.bytes[this.at];
    }
  }
}

/** `" \ / b f n r t` */
const simpleEscapes: readonly number[] = [0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74];

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function decodeName(bytes: Uint8Array, start: number, end: number): string {
  let name = '';
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] ?? 0;
    // Escapes and non-ASCII names are rare: decode those the thorough way.
    if (byte === 0x5c || byte >= 0x80) return String(decode(bytes, start, end));
    name += String.fromCharCode(byte);
  }

  return name;
}

function refuseRepeats(members: readonly JsonMember[]): void {
  const names = new Set<string>();
  for (const {name, start} of members) {
    if (names.has(name)) throw fault(`the member "${name.slice(0, 64)}" appears twice`, start);
    names.add(name);
  }
}

function fault(reason: string, at: number): InventivError {
  return new InventivError('invalid_input', `The body is not valid JSON: ${reason} (byte ${at}).`, {
    detailCode: 'invalid_json',
  });
}
