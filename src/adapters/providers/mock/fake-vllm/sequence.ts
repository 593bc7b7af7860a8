import {type BlockHold, blockHashes} from './kv-cache.ts';
import {OutputText} from './output-text.ts';
import type {Channel, TokenSource} from './token-source.ts';

type FinishReason = 'stop' | 'length';
type SequenceState = 'waiting' | 'prefill' | 'decode' | 'finished' | 'aborted' | 'failed';

export interface OutputSegment {
  channel: Channel;
  text: string;
}

/** What one engine step gave one sequence. */
export interface SequenceOutput {
  tokenIds: number[];
  segments: OutputSegment[];
  finishReason: FinishReason | null;
  /** The stop string or stop token id that ended it. */
  stopReason: string | number | null;
}

interface SequenceListener {
  onOutput(output: SequenceOutput): void;
  /** The engine died; no further call follows. */
  onFailed(): void;
}

export interface SequenceRequest {
  promptIds: readonly number[];
  /** `null` for an embedding: it is over when the prompt has been read. */
  source: TokenSource | null;
  maxTokens: number;
  minTokens: number;
  stops: readonly string[];
  includeStop: boolean;
  stopTokenIds: readonly number[];
  cacheSalt: string;
  listener: SequenceListener;
}

/** One choice of one request on its way through the engine, with the times that the metrics need. */
export class Sequence {
  readonly request: SequenceRequest;
  readonly promptHashes: string[];
  readonly generatedIds: number[] = [];
  readonly arrivedAtMs: number;
  state: SequenceState = 'waiting';
  hold: BlockHold | null = null;
  /** Prompt tokens found in the prefix cache when it was first admitted. */
  cachedTokens = 0;
  /** Tokens that its latest prefill has to compute. */
  prefillTokens = 0;
  preemptions = 0;
  scheduledAtMs: number | null = null;
  prefillDoneAtMs = 0;
  firstTokenAtMs: number | null = null;
  lastTokenAtMs = 0;
  finishedAtMs: number | null = null;
  finishReason: FinishReason | null = null;
  #text: OutputText;
  #channel: Channel = 'content';

  constructor(request: SequenceRequest, arrivedAtMs: number) {
    this.request = request;
    this.arrivedAtMs = arrivedAtMs;
    this.promptHashes = blockHashes(request.promptIds, request.cacheSalt);
    this.#text = new OutputText(request.stops, request.includeStop);
  }

  get contextTokens(): number {
    return this.request.promptIds.length + this.generatedIds.length;
  }

  get isOver(): boolean {
    return this.state === 'finished' || this.state === 'aborted' || this.state === 'failed';
  }

  /** Hashes of all full blocks, generated ones included: what a follow-up or a preempted sequence may find again. */
  contextHashes(): string[] {
    if (this.generatedIds.length === 0) return this.promptHashes;
    return blockHashes([...this.request.promptIds, ...this.generatedIds], this.request.cacheSalt);
  }

  /** Up to `tokens` more tokens. */
  advance(tokens: number): SequenceOutput {
    const output: SequenceOutput = {tokenIds: [], segments: [], finishReason: null, stopReason: null};
    while (output.tokenIds.length < tokens && output.finishReason === null) this.#advanceOne(output);
    if (output.finishReason !== null) this.finishReason = output.finishReason;
    return output;
  }

  #advanceOne(output: SequenceOutput): void {
    const {source, maxTokens, minTokens, stopTokenIds} = this.request;
    const token = source?.next() ?? null;
    if (token === null) {
      this.#finish(output, 'stop', null);
      return;
    }
    if (token.channel !== this.#channel) this.#switchChannel(token.channel, output);
    this.generatedIds.push(token.id);
    output.tokenIds.push(token.id);
    const stopsActive = this.generatedIds.length >= minTokens && token.channel === 'content';
    const step = this.#text.push(token.id, stopsActive);
    append(output.segments, token.channel, step.delta);
    if (step.stop !== null) {
      output.finishReason = 'stop';
      output.stopReason = step.stop;
    } else if (stopsActive && stopTokenIds.includes(token.id)) this.#finish(output, 'stop', token.id);
    else if (this.generatedIds.length >= maxTokens) this.#finish(output, 'length', null);
    else if (source?.isDone()) this.#finish(output, 'stop', null);
  }

  #finish(output: SequenceOutput, reason: FinishReason, stopReason: number | null): void {
    append(output.segments, this.#channel, this.#text.end());
    output.finishReason = reason;
    output.stopReason = stopReason;
  }

  #switchChannel(channel: Channel, output: SequenceOutput): void {
    append(output.segments, this.#channel, this.#text.end());
    this.#text = new OutputText(this.request.stops, this.request.includeStop);
    this.#channel = channel;
  }
}

function append(segments: OutputSegment[], channel: Channel, text: string): void {
  if (text === '') return;
  const last = segments.at(-1);
  if (last?.channel === channel) last.text += text;
  else segments.push({channel, text});
}
