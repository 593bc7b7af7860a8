export interface TextStep {
  /** Text that is final: whole characters, and no beginning of a stop string. */
  readonly text: string;
  /** The stop string that was met; nothing of it is in `text`. */
  readonly stoppedBy: string | null;
}

type Detokenize<Token> = (tokens: readonly Token[], precedingTokens: readonly Token[]) => string;

/**
 * Turns tokens into text as they come. A character may span several byte tokens and a stop string several tokens, so
 * text is held back until it can no longer change.
 */
export class TextStream<Token> {
  readonly #detokenize: Detokenize<Token>;
  readonly #stops: readonly string[];
  #preceding: readonly Token[];
  #incomplete: Token[] = [];
  #held = '';

  constructor(detokenize: Detokenize<Token>, prompt: readonly Token[], stops: readonly string[]) {
    this.#detokenize = detokenize;
    this.#preceding = prompt.slice(-CONTEXT_TOKENS);
    this.#stops = stops;
  }

  push(token: Token): TextStep {
    this.#incomplete.push(token);
    const text = this.#detokenize(this.#incomplete, this.#preceding);
    if (text.endsWith(REPLACEMENT) && this.#incomplete.length < MAX_CHARACTER_TOKENS)
      return {text: '', stoppedBy: null};
    this.#preceding = [...this.#preceding, ...this.#incomplete].slice(-CONTEXT_TOKENS);
    this.#incomplete = [];
    this.#held += text;
    return this.#cutAtStop() ?? {text: this.#releaseSafePart(), stoppedBy: null};
  }

  /** What was held back, once no more tokens come. */
  flush(): string {
    const rest = this.#held + (this.#incomplete.length > 0 ? this.#detokenize(this.#incomplete, this.#preceding) : '');
    this.#held = '';
    this.#incomplete = [];
    return rest;
  }

  #cutAtStop(): TextStep | null {
    const hits = this.#stops.map(stop => ({stop, at: this.#held.indexOf(stop)})).filter(hit => hit.at !== -1);
    const first = hits.sort((a, b) => a.at - b.at).at(0);
    if (first === undefined) return null;
    const text = this.#held.slice(0, first.at);
    this.#held = '';
    return {text, stoppedBy: first.stop};
  }

  #releaseSafePart(): string {
    const longestTail = Math.max(0, ...this.#stops.map(stop => beginningAtEnd(this.#held, stop)));
    const safe = this.#held.slice(0, this.#held.length - longestTail);
    this.#held = this.#held.slice(safe.length);
    return safe;
  }
}

const REPLACEMENT = '\uFFFD';
/** UTF-8 needs at most four bytes: what is still broken after four tokens is broken for good. */
const MAX_CHARACTER_TOKENS = 4;
const CONTEXT_TOKENS = 8;

/** Length of the longest beginning of `stop` with which `text` ends. */
function beginningAtEnd(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
