import {concatBytes} from './bytes.ts';
import type {JsonObject} from './json-object.ts';
import {findMember, findMemberAt, firstElementAt, readCount, scanJsonDocument} from './json-object.ts';
import {rewriteMembers} from './json-rewrite.ts';
import {PlainEvents} from './plain-events.ts';
import type {SseEvent} from './sse-framer.ts';
import type {TokenCounts} from './token-usage.ts';
import {readUsage, StreamTally} from './token-usage.ts';

/** How much usage the client asked to see: none, the last chunk, or on every chunk. */
export type UsageView = 'hidden' | 'final' | 'continuous';

export type PatchedEvent =
  | {readonly kind: 'forward'; readonly bytes: Uint8Array}
  | {readonly kind: 'drop'}
  /** The stream is complete; `bytes` is the event that tells the client so, to be sent when it is on the bill. */
  | {readonly kind: 'done'; readonly bytes: Uint8Array}
  /** The engine failed in mid-stream; `body` is the JSON that says so. */
  | {readonly kind: 'error'; readonly body: Uint8Array};

export interface Uncounted {
  readonly prompt: boolean;
  /** Text that reached the client, as the inside of a JSON string; null where it was counted or is unknown. */
  readonly text: Uint8Array | null;
}

/** What stands between an engine's stream and the client: one per attempt. */
export interface StreamFilter {
  /** For most events of a stream, ahead of `patch`; null where events differ too much. */
  readonly plain: PlainEvents | null;
  patch(event: SseEvent): PatchedEvent;
  /** What was seen so far, for a stream that ended anywhere. */
  counts(bodyBytes: number): TokenCounts;
  /** What no usage of the engine covers. */
  uncounted(): Uncounted;
}

/**
 * Turns the events of one engine stream (chat or completions) into what the client should see, and counts tokens on the
 * way. HOT PATH, once per token: an event that needs no change is forwarded as it came; one that does is cut, not
 * re-encoded.
 */
export class StreamPatcher implements StreamFilter {
  readonly plain: PlainEvents;
  private readonly tally = new StreamTally();
  private readonly view: UsageView;
  private readonly modelBytes: Uint8Array | null;

  /** `modelBytes`: the name the client used, as JSON, where the engine knows the model under another one. */
  constructor(options: {view: UsageView; modelBytes: Uint8Array | null}) {
    this.view = options.view;
    this.modelBytes = options.modelBytes;
    this.plain = new PlainEvents({
      tally: this.tally,
      keepsUsage: options.view === 'continuous',
      modelBytes: options.modelBytes,
    });
  }

  patch(event: SseEvent): PatchedEvent {
    const {data} = event;
    if (data === null) return {kind: 'forward', bytes: event.raw};
    if (isDone(data)) return {kind: 'done', bytes: doneEvent};
    const object = scanOrNull(data);
    if (object === null) return {kind: 'forward', bytes: event.raw};
    const error = findMember(object, 'error');
    if (error !== null && data[error.valueStart] !== letterN) return {kind: 'error', body: data};

    if (!this.plain.isReady) this.plain.learn(event.raw, data, object);
    const usage = findMember(object, 'usage');
    const choiceIndex = firstChoiceIndex(data, object);
    this.tally.observeChunk(readUsage(data, usage), choiceIndex);
    const isUsageChunk = choiceIndex === null && usage !== null && data[usage.valueStart] !== letterN;
    if (isUsageChunk && this.view === 'hidden') return {kind: 'drop'};

    const edits = new Map<string, Uint8Array | null>();
    if (usage !== null && !isUsageChunk && this.view !== 'continuous') edits.set('usage', null);
    if (this.modelBytes !== null && findMember(object, 'model') !== null) edits.set('model', this.modelBytes);
    if (edits.size === 0) return {kind: 'forward', bytes: event.raw};
    return {kind: 'forward', bytes: eventOf(dataPrefix, rewriteMembers(data, object, edits))};
  }

  counts(bodyBytes: number): TokenCounts {
    return this.tally.counts(bodyBytes);
  }

  /** Every chunk has its usage, or none has. */
  uncounted(): Uncounted {
    return {prompt: true, text: null};
  }
}

const encoder = new TextEncoder();
const dataPrefix = encoder.encode('data: ');
const eventEnd = encoder.encode('\n\n');
const letterN = 0x6e;
const newline = 0x0a;

/** One event of JSON bytes behind `prefix`. Newlines can only be white space between JSON tokens; an event's data must not hold any. */
export function eventOf(prefix: Uint8Array, json: Uint8Array): Uint8Array {
  const event = concatBytes([prefix, json, eventEnd]);
  const jsonEnd = event.length - eventEnd.length;
  for (let at = event.indexOf(newline, prefix.length); at !== -1 && at < jsonEnd; at = event.indexOf(newline, at))
    event[at] = 0x20;
  return event;
}

/** `data: [DONE]`, as OpenAI and vLLM end a stream. */
const doneEvent = encoder.encode('data: [DONE]\n\n');

/** `[DONE]`, spaces around it allowed. */
export function isDone(data: Uint8Array): boolean {
  if (data.length < 6 || data.length > 12) return false;
  return String.fromCharCode(...data).trim() === '[DONE]';
}

export function scanOrNull(data: Uint8Array): JsonObject | null {
  try {
    return scanJsonDocument(data);
  } catch {
    return null;
  }
}

/** Null for a chunk without choices: the one that carries the total usage. */
function firstChoiceIndex(data: Uint8Array, object: JsonObject): number | null {
  const choices = findMember(object, 'choices');
  const first = choices === null ? null : firstElementAt(data, choices.valueStart);
  if (first === null) return null;
  return readCount(data, findMemberAt(data, first, 'index')) ?? 0;
}
