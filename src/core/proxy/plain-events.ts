// HOT PATH. An engine's chunks differ in a few bytes: the same id, object, model before the choices, the running usage
// after them. Once the scanner has understood one, the others are recognised by these bytes and cut without being scanned.
import {copyBytes} from './bytes.ts';
import type {JsonObject} from './json-object.ts';
import {findMember, findMemberAt, firstElementAt} from './json-object.ts';
import type {StreamTally} from './token-usage.ts';
import {usageMaxBytes} from './token-usage.ts';

const learnAttemptsMax = 8;
const encoder = new TextEncoder();
const dataPrefix = encoder.encode('data: ');
const usagePrefix = encoder.encode(',"usage":');
const nothing = new Uint8Array(0);
const newline = 0x0a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const closeBracket = 0x5d;
const comma = 0x2c;

/**
 * Takes plain events off a stream: those that begin byte for byte like one that was understood, up to the index of their
 * only choice, and end with the usage object or the choices, as that one did. All others are left to the scanner, so this
 * changes what an event costs and never what becomes of it. Edits in place: what is kept moves to the front.
 */
export class PlainEvents {
  /** After `take`: where the bytes for the client end that begin at its `from`. */
  keptEnd = 0;

  private readonly tally: StreamTally;
  private readonly keepsUsage: boolean;
  private readonly modelBytes: Uint8Array | null;
  private attemptsLeft = learnAttemptsMax;
  /** From `data: ` to `"index":`, as the engine writes it and as the client is to see it. */
  private prefix: Uint8Array = nothing;
  private clientPrefix: Uint8Array = nothing;
  private endsWithUsage = false;

  constructor(options: {tally: StreamTally; keepsUsage: boolean; modelBytes: Uint8Array | null}) {
    this.tally = options.tally;
    this.keepsUsage = options.keepsUsage;
    this.modelBytes = options.modelBytes;
  }

  get isReady(): boolean {
    return this.prefix.length > 0;
  }

  /** Looks at an event that was understood; `data` is its value, `object` what the scanner found in it. */
  learn(raw: Uint8Array, data: Uint8Array, object: JsonObject): void {
    if (this.isReady || this.attemptsLeft === 0) return;
    this.attemptsLeft--;
    const at = object.members.findIndex(({name}) => name === 'choices');
    const [choices, usage, ...others] = at === -1 ? [] : object.members.slice(at);
    // Whatever has to be looked at in each event must not be among the bytes that are taken as they are.
    if (object.members.slice(0, at).some(({name}) => name === 'usage' || name === 'error')) return;
    if (choices === undefined || others.length > 0 || (usage !== undefined && usage.name !== 'usage')) return;
    const first = firstElementAt(data, choices.valueStart);
    const index = first === null ? null : findMemberAt(data, first, 'index');
    const isWhole = raw.length === dataPrefix.length + data.length + 2 && object.end === data.length;
    const model = findMember(object, 'model');
    // The index must come first, right after the brace, for the bytes before it to be the same in every event.
    if (!isWhole || first === null || index?.start !== first + 1) return;
    this.prefix = copyBytes(raw.subarray(0, dataPrefix.length + index.valueStart));
    this.clientPrefix = this.prefix;
    this.endsWithUsage = usage !== undefined;
    if (this.modelBytes === null || model === null) return;
    this.clientPrefix = new Uint8Array(
      this.prefix.length - (model.valueEnd - model.valueStart) + this.modelBytes.length,
    );
    const modelStart = dataPrefix.length + model.valueStart;
    this.clientPrefix.set(this.prefix.subarray(0, modelStart));
    this.clientPrefix.set(this.modelBytes, modelStart);
    this.clientPrefix.set(
      this.prefix.subarray(dataPrefix.length + model.valueEnd),
      modelStart + this.modelBytes.length,
    );
  }

  /** Takes as many events as it can from `from` on; returns where the first one begins that it cannot. */
  take(bytes: Uint8Array, from: number): number {
    const {prefix, clientPrefix} = this;
    const swaps = clientPrefix !== prefix;
    let start = from;
    let kept = from;
    let events = 0;
    let lastIndex = -1;
    let lastUsageAt = -1;

    while (start < bytes.length && startsWith(bytes, start, prefix)) {
      const rest = start + prefix.length;
      const digit = (bytes[rest] ?? 0) - 0x30;
      if (digit < 0 || digit > 9 || bytes[rest + 1] !== comma) break;
      const end = bytes.indexOf(newline, rest);
      if (end === -1 || bytes[end + 1] !== newline || bytes[end - 1] !== closeBrace) break;
      const usageAt = this.endsWithUsage ? usageBefore(bytes, end) : -1;
      if (this.endsWithUsage ? usageAt === -1 : bytes[end - 2] !== closeBracket) break;

      const cut = this.keepsUsage || usageAt === -1 ? end - 1 : usageAt - usagePrefix.length;
      const head = swaps ? clientPrefix.length : prefix.length;
      // A longer model name needs room, which the bytes cut so far must have made.
      if (kept + head + (cut - rest) + 3 > end + 2) break;
      // Counts run per choice: only the last of each is needed, and it must be noted before its bytes are moved over.
      if (digit !== lastIndex && lastIndex !== -1) {
        this.count(bytes, events, lastIndex, lastUsageAt);
        events = 0;
      }

      events++;
      lastIndex = digit;
      lastUsageAt = usageAt;
      if (kept !== start || cut !== end - 1 || swaps) {
        // Its own usage may lie under what is about to move: note it first.
        if (kept + head > start + prefix.length) {
          this.count(bytes, events, lastIndex, lastUsageAt);
          events = 0;
          lastIndex = -1;
        }

        if (swaps) {
          bytes.copyWithin(kept + head, rest, cut);
          bytes.set(clientPrefix, kept);
        } else if (kept !== start) {
          bytes.copyWithin(kept, start, cut);
        }

        // Usage that stays moved along.
        if (cut === end - 1 && usageAt !== -1) lastUsageAt = usageAt + kept + head - rest;
        kept += head + (cut - rest);
        bytes[kept] = closeBrace;
        bytes[kept + 1] = newline;
        bytes[kept + 2] = newline;
        kept += 3;
      } else {
        kept = end + 2;
      }

      start = end + 2;
    }

    if (events > 0) this.count(bytes, events, lastIndex, lastUsageAt);
    this.keptEnd = kept;
    return start;
  }

  private count(bytes: Uint8Array, events: number, index: number, usageAt: number): void {
    this.tally.observeRun(events, usageAt === -1 ? null : bytes.subarray(usageAt, usageAt + usageMaxBytes), index);
  }
}

function startsWith(bytes: Uint8Array, at: number, prefix: Uint8Array): boolean {
  if (at + prefix.length > bytes.length) return false;
  // From the back: events differ there, if anywhere.
  for (let index = prefix.length - 1; index >= 0; index--) {
    if (bytes[at + index] !== prefix[index]) return false;
  }

  return true;
}

/**
 * Where the usage object starts that closes right before the event's last brace; -1 when there is none. Going backwards is
 * safe: it holds numbers and names without braces, and `,"usage":` cannot stand inside a string, where quotes are escaped.
 */
function usageBefore(bytes: Uint8Array, end: number): number {
  const limit = Math.max(0, end - usageMaxBytes);
  let at = end - 2;
  if (bytes[at] !== closeBrace) return -1;
  let depth = 0;
  for (; at > limit; at--) {
    const byte = bytes[at];
    if (byte === closeBrace) depth++;
    else if (byte === openBrace && --depth === 0) break;
  }

  return depth === 0 && startsWith(bytes, at - usagePrefix.length, usagePrefix) ? at : -1;
}
