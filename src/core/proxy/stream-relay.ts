import type {SseEvent} from './sse-framer.ts';
import {SseFramer} from './sse-framer.ts';
import type {StreamFilter} from './stream-patcher.ts';

/** How a stream came to its end, in what it said: complete, or with the engine's error in `body`. */
export type StreamEnd =
  | {readonly kind: 'done'; readonly bytes: Uint8Array}
  | {readonly kind: 'error'; readonly body: Uint8Array};

/**
 * HOT PATH, once per read of a stream: from an engine's bytes to a client's. Most events are taken whole runs at a time by
 * the patcher's `plain`; the framer and the patcher see the others one by one. The chunks are changed in place.
 */
export class StreamRelay {
  /** Whether an event was forwarded: before the first, nothing is, so that another worker can still be tried. */
  begun = false;
  private readonly patcher: StreamFilter;
  private readonly framer = new SseFramer();
  private out: Uint8Array[] = [];

  constructor(patcher: StreamFilter) {
    this.patcher = patcher;
  }

  /** Null while the stream goes on. Nothing after an end counts. */
  push(chunk: Uint8Array): StreamEnd | null {
    const {plain} = this.patcher;
    let at = 0;
    while (at < chunk.length) {
      if (plain !== null && this.begun && plain.isReady && this.framer.isBetweenEvents) {
        const from = at;
        at = plain.take(chunk, from);
        if (plain.keptEnd > from) this.out.push(chunk.subarray(from, plain.keptEnd));
        if (at === chunk.length) break;
      }

      const next = nextEventEnd(chunk, at);
      for (const event of this.framer.push(chunk.subarray(at, next))) {
        const end = this.patch(event);
        if (end !== null) return end;
      }

      at = next;
    }

    return null;
  }

  /** What is for the client since the last call. */
  takeOut(): readonly Uint8Array[] {
    const {out} = this;
    if (out.length > 0) this.out = [];
    return out;
  }

  private patch(event: SseEvent): StreamEnd | null {
    // A comment is no sign of success.
    if (event.data === null && !this.begun) return null;
    const patched = this.patcher.patch(event);
    if (patched.kind === 'done' || patched.kind === 'error') return patched;
    if (patched.kind === 'forward') {
      this.begun = true;
      this.out.push(patched.bytes);
    }

    return null;
  }
}

/** Past the next blank line that is two line feeds; where there is none, past all bytes. */
function nextEventEnd(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(newline, from);
  while (at !== -1 && bytes[at + 1] !== newline) at = bytes.indexOf(newline, at + 1);
  return at === -1 ? bytes.length : at + 2;
}

const newline = 0x0a;
