import type {JsonMember} from './json-object.ts';
import {findMemberAt, readCount} from './json-object.ts';

/** Tokens of one request, as an engine reports them. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly cachedPromptTokens: number;
  readonly completionTokens: number;
}

export interface TokenCounts extends TokenUsage {
  /** True when the engine did not report and the counts are our guess. */
  readonly estimated: boolean;
}

export const noTokens: TokenCounts = {promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0, estimated: false};

/** Reads an OpenAI `usage` object where it stands; null when it is absent, null or holds no counts. */
export function readUsage(bytes: Uint8Array, member: JsonMember | null): TokenUsage | null {
  if (member === null) return null;
  const at = member.valueStart;
  const promptTokens = readCount(bytes, findMemberAt(bytes, at, 'prompt_tokens'));
  if (promptTokens === null) return null;
  const details = findMemberAt(bytes, at, 'prompt_tokens_details');
  const cached = details === null ? null : findMemberAt(bytes, details.valueStart, 'cached_tokens');
  return {
    promptTokens,
    cachedPromptTokens: readCount(bytes, cached) ?? 0,
    completionTokens: readCount(bytes, findMemberAt(bytes, at, 'completion_tokens')) ?? 0,
  };
}

const bytesPerTokenGuess = 4;

/** For engines that do not report: one token per four bytes of request, at least one. */
export function guessedPrompt(bodyBytes: number): TokenCounts {
  const promptTokens = Math.max(1, Math.ceil(bodyBytes / bytesPerTokenGuess));
  return {promptTokens, cachedPromptTokens: 0, completionTokens: 0, estimated: true};
}

/**
 * Adds up the running usage of a stream. vLLM's continuous counts are per choice index, and its last chunk holds the
 * total; a stream that was cut is worth its prompt plus the last count of each index.
 */
export class StreamTally {
  private prompt: TokenUsage | null = null;
  private final: TokenUsage | null = null;
  private readonly completionByIndex = new Map<number, number>();
  private contentChunks = 0;

  observeChunk(usage: TokenUsage | null, choiceIndex: number | null): void {
    if (choiceIndex === null) {
      if (usage !== null) this.final = usage;
      return;
    }

    this.contentChunks++;
    if (usage === null) return;
    this.prompt = usage;
    this.completionByIndex.set(choiceIndex, usage.completionTokens);
  }

  /** Nothing seen means nothing made: the first chunk leaves the engine with the first token. */
  counts(bodyBytes: number): TokenCounts {
    if (this.final !== null) return {...this.final, estimated: false};
    if (this.prompt !== null) return {...this.prompt, completionTokens: this.completionTokens(), estimated: false};
    if (this.contentChunks === 0) return noTokens;
    return {...guessedPrompt(bodyBytes), completionTokens: this.contentChunks};
  }

  private completionTokens(): number {
    let total = 0;
    for (const tokens of this.completionByIndex.values()) total += tokens;
    return total;
  }
}
