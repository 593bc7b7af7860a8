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

/** Reads an OpenAI `usage` object; null when it is absent or holds no counts. */
export function parseUsage(value: unknown): TokenUsage | null {
  if (!isRecord(value)) return null;
  const promptTokens = count(value.prompt_tokens);
  if (promptTokens === null) return null;
  const details = isRecord(value.prompt_tokens_details) ? value.prompt_tokens_details : {};
  return {
    promptTokens,
    cachedPromptTokens: count(details.cached_tokens) ?? 0,
    completionTokens: count(value.completion_tokens) ?? 0,
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

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
