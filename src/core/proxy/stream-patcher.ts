import {concatBytes} from './bytes.ts';
import type {JsonObject} from './json-object.ts';
import {findMember, findMemberAt, firstElementAt, readCount, scanJsonDocument} from './json-object.ts';
import {rewriteMembers} from './json-rewrite.ts';
import type {SseEvent} from './sse-framer.ts';
import type {TokenCounts} from './token-usage.ts';
import {readUsage, StreamTally} from './token-usage.ts';

/** How much usage the client asked to see: none, the last chunk, or on every chunk. */
export type UsageView = 'hidden' | 'final' | 'continuous';

export type PatchedEvent =
  | {readonly kind: 'forward'; readonly bytes: Uint8Array}
  | {readonly kind: 'drop'}
  /** `[DONE]`, a whole event of its own. */
  | {readonly kind: 'done'}
  /** The engine failed in mid-stream; `body` is the JSON that says so. */
  | {readonly kind: 'error'; readonly body: Uint8Array};

/**
 * Turns the events of one engine stream (chat or completions) into what the client should see, and counts tokens on the
 * way. HOT PATH, once per token: an event that needs no change is forwarded as it came; one that does is cut, not
 * re-encoded.
 */
export class StreamPatcher {
  private readonly tally = new StreamTally();
  private readonly view: UsageView;
  private readonly modelBytes: Uint8Array | null;

  /** `modelBytes`: the name the client used, as JSON, where the engine knows the model under another one. */
  constructor(options: {view: UsageView; modelBytes: Uint8Array | null}) {
    this.view = options.view;
    this.modelBytes = options.modelBytes;
  }

  patch(event: SseEvent): PatchedEvent {
    const {data} = event;
    if (data === null) return {kind: 'forward', bytes: event.raw};
    if (isDone(data)) return {kind: 'done'};
    const object = scanOrNull(data);
    if (object === null) return {kind: 'forward', bytes: event.raw};
    const error = findMember(object, 'error');
    if (error !== null && data[error.valueStart] !== letterN) return {kind: 'error', body: data};

    const usage = findMember(object, 'usage');
    const choiceIndex = firstChoiceIndex(data, object);
    this.tally.observeChunk(readUsage(data, usage), choiceIndex);
    const isUsageChunk = choiceIndex === null && usage !== null && data[usage.valueStart] !== letterN;
    if (isUsageChunk && this.view === 'hidden') return {kind: 'drop'};

    const edits = new Map<string, Uint8Array | null>();
    if (usage !== null && !isUsageChunk && this.view !== 'continuous') edits.set('usage', null);
    if (this.modelBytes !== null && findMember(object, 'model') !== null) edits.set('model', this.modelBytes);
    if (edits.size === 0) return {kind: 'forward', bytes: event.raw};
    return {kind: 'forward', bytes: dataEvent(rewriteMembers(data, object, edits))};
  }

  counts(bodyBytes: number): TokenCounts {
    return this.tally.counts(bodyBytes);
  }
}

const encoder = new TextEncoder();
const dataPrefix = encoder.encode('data: ');
const eventEnd = encoder.encode('\n\n');
const letterN = 0x6e;
const newline = 0x0a;

/** One event of JSON bytes. Newlines can only be white space between JSON tokens; an event's data must not hold any. */
export function dataEvent(json: Uint8Array): Uint8Array {
  const event = concatBytes([dataPrefix, json, eventEnd]);
  const jsonEnd = event.length - eventEnd.length;
  for (let at = event.indexOf(newline); at !== -1 && at < jsonEnd; at = event.indexOf(newline, at)) event[at] = 0x20;
  return event;
}

/** `data: [DONE]`, as OpenAI and vLLM end a stream. */
export const doneEvent = encoder.encode('data: [DONE]\n\n');

/** `[DONE]`, spaces around it allowed. */
function isDone(data: Uint8Array): boolean {
  if (data.length < 6 || data.length > 12) return false;
  return String.fromCharCode(...data).trim() === '[DONE]';
}

function scanOrNull(data: Uint8Array): JsonObject | null {
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
