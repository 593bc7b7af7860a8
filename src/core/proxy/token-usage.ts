import type {JsonMember} from './json-object.ts';
import {findMemberAt, readCount} from './json-object.ts';

/** Tokens of one request, as an engine reports them. */
export interface TokenUsage {
  readonly promptTokens: number;
  /** Part of the prompt tokens. */
  readonly cachedPromptTokens: number;
  readonly completionTokens: number;
  /** Part of the completion tokens. */
  readonly reasoningTokens: number;
}

export interface TokenCounts extends TokenUsage {
  /** True when the engine did not report and the counts are our guess. */
  readonly estimated: boolean;
}

export const noUsage: TokenUsage = {promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0, reasoningTokens: 0};
export const noTokens: TokenCounts = {...noUsage, estimated: false};

/**
 * Reads a `usage` object where it stands: OpenAI's names, those of Responses and Messages (`input_tokens`), and the lone
 * `total_tokens` of older rerankers. Null when it is absent, null or holds no counts.
 */
export function readUsage(bytes: Uint8Array, member: JsonMember | null): TokenUsage | null {
  if (member === null) return null;
  const at = member.valueStart;
  const count = (name: string): number | null => readCount(bytes, findMemberAt(bytes, at, name));
  const prompt = count('prompt_tokens');
  if (prompt !== null) {
    const completionTokens = count('completion_tokens') ?? 0;
    return {
      promptTokens: prompt,
      cachedPromptTokens: Math.min(prompt, detail(bytes, at, 'prompt_tokens_details', 'cached_tokens')),
      completionTokens,
      reasoningTokens: Math.min(completionTokens, detail(bytes, at, 'completion_tokens_details', 'reasoning_tokens')),
    };
  }

  const input = count('input_tokens');
  const output = count('output_tokens');
  if (input === null && output === null) {
    const total = count('total_tokens');
    return total === null ? null : {...noUsage, promptTokens: total};
  }

  const promptTokens = input ?? 0;
  const completionTokens = output ?? 0;
  const cached = count('cache_read_input_tokens') ?? detail(bytes, at, 'input_tokens_details', 'cached_tokens');
  return {
    promptTokens,
    cachedPromptTokens: Math.min(promptTokens, cached),
    completionTokens,
    reasoningTokens: Math.min(completionTokens, detail(bytes, at, 'output_tokens_details', 'reasoning_tokens')),
  };
}

/** The same for bytes that were recognised by their ends and not scanned yet. */
function readUsageOrNull(bytes: Uint8Array): TokenUsage | null {
  try {
    return readUsage(bytes, {name: '', start: 0, valueStart: 0, valueEnd: 0});
  } catch {
    return null;
  }
}

/** Seconds of audio in the `usage` of a transcription (`{"type":"duration","seconds":12}`), as milliseconds; else null. */
export function readAudioMs(bytes: Uint8Array, member: JsonMember | null): number | null {
  if (member === null) return null;
  const seconds = findMemberAt(bytes, member.valueStart, 'seconds');
  if (seconds === null || seconds.valueEnd - seconds.valueStart > numberMaxChars) return null;
  const value = Number(String.fromCharCode(...bytes.subarray(seconds.valueStart, seconds.valueEnd)));
  return Number.isFinite(value) && value >= 0 ? Math.round(value * 1000) : null;
}

const numberMaxChars = 24;

function detail(bytes: Uint8Array, at: number, holder: string, name: string): number {
  const details = findMemberAt(bytes, at, holder);
  return (details === null ? null : readCount(bytes, findMemberAt(bytes, details.valueStart, name))) ?? 0;
}

const bytesPerTokenGuess = 4;

/** For engines that do not report: one token per four bytes of request, at least one. */
export function guessedPrompt(bodyBytes: number): TokenCounts {
  return {...noUsage, promptTokens: Math.max(1, Math.ceil(bodyBytes / bytesPerTokenGuess)), estimated: true};
}

/** Larger usage objects are not looked for. */
export const usageMaxBytes = 512;

/**
 * Adds up the running usage of a stream. vLLM's continuous counts are per choice index, and its last chunk holds the
 * total; a stream that was cut is worth its prompt plus the last count of each index.
 */
export class StreamTally {
  private prompt: TokenUsage | null = null;
  private final: TokenUsage | null = null;
  private readonly completionByIndex = new Map<number, number>();
  private contentChunks = 0;
  /** The running usage that came last, not read yet: only a stream that is cut needs it. */
  private unread: Uint8Array | null = null;
  private unreadIndex: number | null = null;

  observeChunk(usage: TokenUsage | null, choiceIndex: number | null): void {
    if (choiceIndex === null) {
      if (usage !== null) this.final = usage;
      return;
    }

    this.readUnread();
    this.contentChunks++;
    if (usage === null) return;
    this.prompt = usage;
    this.completionByIndex.set(choiceIndex, usage.completionTokens);
  }

  /** Chunks of one choice, of which only the last usage matters: at most `usageMaxBytes` that begin with it. */
  observeRun(chunks: number, lastUsage: Uint8Array | null, choiceIndex: number): void {
    if (this.unreadIndex !== choiceIndex) this.readUnread();
    this.contentChunks += chunks;
    if (lastUsage === null) return;
    this.unread ??= new Uint8Array(usageMaxBytes);
    this.unread.set(lastUsage);
    this.unreadIndex = choiceIndex;
  }

  /** Nothing seen means nothing made: the first chunk leaves the engine with the first token. */
  counts(bodyBytes: number): TokenCounts {
    if (this.final !== null) return {...this.final, estimated: false};
    this.readUnread();
    if (this.prompt !== null) return {...this.prompt, completionTokens: this.completionTokens(), estimated: false};
    if (this.contentChunks === 0) return noTokens;
    return {...guessedPrompt(bodyBytes), completionTokens: this.contentChunks};
  }

  private readUnread(): void {
    if (this.unread === null || this.unreadIndex === null) return;
    const usage = readUsageOrNull(this.unread);
    if (usage !== null) {
      this.prompt = usage;
      this.completionByIndex.set(this.unreadIndex, usage.completionTokens);
    }

    this.unreadIndex = null;
  }

  private completionTokens(): number {
    let total = 0;
    for (const tokens of this.completionByIndex.values()) total += tokens;
    return total;
  }
}
