import {concatBytes, copyBytes} from './bytes.ts';
import type {JsonMember, JsonObject} from './json-object.ts';
import {findMember, findMemberAt, readMember, scanJsonDocument} from './json-object.ts';
import {rewriteMembers} from './json-rewrite.ts';
import type {SseEvent} from './sse-framer.ts';
import type {PatchedEvent, StreamFilter, Uncounted} from './stream-patcher.ts';
import {eventOf, isDone, scanOrNull} from './stream-patcher.ts';
import type {TokenCounts, TokenUsage} from './token-usage.ts';
import {guessedPrompt, noTokens, readUsage} from './token-usage.ts';

/** The events of one API by what they mean here. */
interface EventNames {
  /** Sent before the engine has made anything. */
  readonly early: ReadonlySet<string>;
  readonly last: ReadonlySet<string>;
  /** Where the object with `model` and `usage` is inside an event. */
  readonly holder: string;
}

const eventNames: Record<'responses' | 'messages', EventNames> = {
  responses: {
    early: new Set(['response.created', 'response.queued', 'response.in_progress']),
    last: new Set(['response.completed', 'response.incomplete', 'response.failed']),
    holder: 'response',
  },
  messages: {early: new Set(), last: new Set(['message_stop']), holder: 'message'},
};

const uncountedMaxBytes = 4 * 1024 * 1024;

/**
 * The streams of `/v1/responses` and `/v1/messages`: named events, an end of their own, and no running usage. HOT PATH,
 * once per token: a delta is forwarded as it came. Its text is kept, because a stream that was cut has no usage and is
 * counted by the engine's tokenizer. Events from before the first token wait for it, so that another worker can still
 * be tried.
 */
export class NamedEventPatcher implements StreamFilter {
  readonly plain = null;
  private readonly names: EventNames;
  private readonly modelBytes: Uint8Array | null;
  private held: Uint8Array[] = [];
  private started: TokenUsage | null = null;
  private final: TokenUsage | null = null;
  private deltas = 0;
  private readonly texts: Uint8Array[] = [];
  private textBytes = 0;

  constructor(options: {kind: 'responses' | 'messages'; modelBytes: Uint8Array | null}) {
    this.names = eventNames[options.kind];
    this.modelBytes = options.modelBytes;
  }

  patch(event: SseEvent): PatchedEvent {
    const {data} = event;
    if (data === null) return {kind: 'forward', bytes: event.raw};
    // vLLM's Messages stream once ended with it; neither API knows it.
    if (isDone(data)) return {kind: 'drop'};
    const object = scanOrNull(data);
    const type = object === null ? null : readType(data, object);
    if (object === null || type === null) return this.orError(event, data, object);
    if (type === 'error') return {kind: 'error', body: data};

    const delta = findMember(object, 'delta');
    if (delta !== null && type !== 'message_delta') {
      this.noteDelta(data, delta);
      return this.forward(event.raw);
    }

    const usage = findMember(object, 'usage');
    if (usage !== null) this.final = readUsage(data, usage);
    const holder = findMember(object, this.names.holder);
    const bytes = holder === null ? event.raw : this.noteHolder(event, {type, data, object, holder});
    if (this.names.early.has(type)) {
      // A copy: the chunk that it lies in is gone when the next one comes.
      this.held.push(copyBytes(bytes));
      return {kind: 'drop'};
    }

    if (!this.names.last.has(type)) return this.forward(bytes);
    const last = this.forward(bytes);
    return {kind: 'done', bytes: last.bytes};
  }

  counts(bodyBytes: number): TokenCounts {
    // The last usage of Messages may leave out what the first one told.
    const {final, started} = this;
    if (final !== null) {
      const told = final.promptTokens === 0 && started !== null ? started : final;
      const {promptTokens, cachedPromptTokens} = told;
      return {...final, promptTokens, cachedPromptTokens, estimated: false};
    }

    if (started === null && this.deltas === 0) return noTokens;
    return {...(started ?? guessedPrompt(bodyBytes)), completionTokens: this.deltas, estimated: true};
  }

  uncounted(): Uncounted {
    return {prompt: this.started === null, text: concatBytes(this.texts)};
  }

  private orError(event: SseEvent, data: Uint8Array, object: JsonObject | null): PatchedEvent {
    const error = object === null ? null : findMember(object, 'error');
    if (error !== null && data[error.valueStart] !== letterN) return {kind: 'error', body: data};
    return this.forward(event.raw);
  }

  private forward(bytes: Uint8Array): {kind: 'forward'; bytes: Uint8Array} {
    if (this.held.length === 0) return {kind: 'forward', bytes};
    const all = concatBytes([...this.held, bytes]);
    this.held = [];
    return {kind: 'forward', bytes: all};
  }

  /** Responses: a string. Messages: an object with the text under a name that depends on its type. */
  private noteDelta(data: Uint8Array, delta: JsonMember): void {
    const text = textMembers
      .map(name => findMemberAt(data, delta.valueStart, name))
      .find(member => member !== null && data[member.valueStart] === quote);
    const value = data[delta.valueStart] === quote ? delta : text;
    // A signature is no token.
    if (value == null) return;
    this.deltas++;
    const inside = copyBytes(data.subarray(value.valueStart + 1, value.valueEnd - 1));
    this.textBytes += inside.length;
    if (this.textBytes <= uncountedMaxBytes) this.texts.push(inside);
  }

  private noteHolder(
    event: SseEvent,
    {type, data, object, holder}: {type: string; data: Uint8Array; object: JsonObject; holder: JsonMember},
  ): Uint8Array {
    const usage = readUsage(data, findMemberAt(data, holder.valueStart, 'usage'));
    if (this.names.last.has(type)) this.final = usage ?? this.final;
    else if (!this.names.early.has(type)) this.started = usage ?? this.started;
    const {modelBytes} = this;
    if (modelBytes === null || data[holder.valueStart] !== brace) return event.raw;

    const inner = data.subarray(holder.valueStart, holder.valueEnd);
    const innerObject = scanJsonDocument(inner);
    if (findMember(innerObject, 'model') === null) return event.raw;
    const renamed = rewriteMembers(inner, innerObject, new Map([['model', modelBytes]]));
    const json = rewriteMembers(data, object, new Map([[this.names.holder, renamed]]));
    return eventOf(encoder.encode(`event: ${type}\ndata: `), json);
  }
}

const textMembers = ['text', 'thinking', 'partial_json'];
const letterN = 0x6e;
const quote = 0x22;
const brace = 0x7b;
const typeMaxBytes = 80;
const encoder = new TextEncoder();

function readType(data: Uint8Array, object: JsonObject): string | null {
  const member = findMember(object, 'type');
  if (member === null || member.valueEnd - member.valueStart > typeMaxBytes) return null;
  const type = readMember(data, member);
  return typeof type === 'string' && /^[\w.]+$/.test(type) ? type : null;
}
