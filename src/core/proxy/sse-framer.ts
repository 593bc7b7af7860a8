import {InventivError} from '../errors.ts';
import {concatBytes, copyBytes} from './bytes.ts';

/** One server-sent event: its bytes as they came, blank line included, and the joined value of its `data` lines. */
export interface SseEvent {
  readonly raw: Uint8Array;
  /** Null for an event without data, such as a comment. */
  readonly data: Uint8Array | null;
}

const lf = 0x0a;
const cr = 0x0d;
const nothing = new Uint8Array(0);
const eventMaxBytes = 16 * 1024 * 1024;

/**
 * Cuts a byte stream into server-sent events (WHATWG HTML, section 9.2). Lines end with LF, CRLF or CR; events may span
 * chunks and chunks may hold many; nothing is decoded, so a character cut in two does no harm. An event is handed out
 * with the byte that ends its blank line: the LF of a CRLF cut in two there is dropped.
 */
export class SseFramer {
  private pending: Uint8Array = nothing;
  /** Offsets into `pending`: how far it was read, and where the current line starts. */
  private at = 0;
  private lineStart = 0;
  private lfMayFollow = false;
  /** Start and end of each `data` value of the event in progress. */
  private dataRanges: number[] = [];

  /** Whether an event has begun and not ended: at the end of a stream, that event was cut off. */
  get holdsPartialEvent(): boolean {
    return this.pending.length > 0;
  }

  /** Whether the next byte begins an event, whatever it is: then it may as well be read by somebody else. */
  get isBetweenEvents(): boolean {
    return this.pending.length === 0 && !this.lfMayFollow;
  }

  push(chunk: Uint8Array): SseEvent[] {
    const bytes = this.pending.length === 0 ? chunk : concatBytes([this.pending, chunk]);
    const events: SseEvent[] = [];
    let eventStart = 0;

    while (this.at < bytes.length) {
      const byte = bytes[this.at];
      if (this.lfMayFollow) {
        this.lfMayFollow = false;
        if (byte === lf) {
          this.at++;
          this.lineStart = this.at;
          if (this.dataRanges.length === 0 && this.at === eventStart + 1) eventStart = this.at;
          continue;
        }
      }

      if (byte !== lf && byte !== cr) {
        this.at++;
        continue;
      }

      const lineEnd = this.at;
      this.at++;
      if (byte === cr) {
        if (bytes[this.at] === lf) this.at++;
        else this.lfMayFollow = this.at === bytes.length;
      }

      if (lineEnd === this.lineStart) {
        events.push(this.finishEvent(bytes, eventStart));
        eventStart = this.at;
      } else {
        this.noteDataLine(bytes, lineEnd);
      }

      this.lineStart = this.at;
    }

    this.keep(bytes, eventStart, bytes !== chunk);
    return events;
  }

  private noteDataLine(bytes: Uint8Array, lineEnd: number): void {
    const start = this.lineStart;
    const isData =
      bytes[start] === 0x64 && bytes[start + 1] === 0x61 && bytes[start + 2] === 0x74 && bytes[start + 3] === 0x61;
    if (!isData) return;
    if (lineEnd === start + 4) {
      this.dataRanges.push(lineEnd, lineEnd);
    } else if (bytes[start + 4] === 0x3a) {
      const spaced = bytes[start + 5] === 0x20 && lineEnd > start + 5;
      this.dataRanges.push(spaced ? start + 6 : start + 5, lineEnd);
    }
  }

  private finishEvent(bytes: Uint8Array, eventStart: number): SseEvent {
    const raw = bytes.subarray(eventStart, this.at);
    const data = joinRanges(bytes, this.dataRanges);
    this.dataRanges = [];
    return {raw, data};
  }

  /** Keeps the unfinished event and shifts all offsets so that it starts at zero. */
  private keep(bytes: Uint8Array, eventStart: number, isOwn: boolean): void {
    const rest = bytes.subarray(eventStart);
    this.pending = rest.length === 0 ? nothing : isOwn ? rest : copyBytes(rest);
    if (this.pending.length > eventMaxBytes) {
      throw new InventivError(
        'upstream_broken',
        `An event of the worker's stream is larger than ${eventMaxBytes} bytes.`,
      );
    }

    this.at -= eventStart;
    this.lineStart -= eventStart;
    if (eventStart > 0) this.dataRanges = this.dataRanges.map(offset => offset - eventStart);
  }
}

function joinRanges(bytes: Uint8Array, ranges: readonly number[]): Uint8Array | null {
  if (ranges.length === 0) return null;
  if (ranges.length === 2) return bytes.subarray(ranges[0], ranges[1]);
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    if (index > 0) pieces.push(newline);
    pieces.push(bytes.subarray(ranges[index], ranges[index + 1]));
  }

  return concatBytes(pieces);
}

const newline = new Uint8Array([lf]);
