import {StreamingDecoder} from './tokenizer.ts';

interface TextStep {
  /** Text that may be shown now. */
  delta: string;
  /** The stop string that ended the text, if one did. */
  stop: string | null;
}

/**
 * Text of a growing answer, cut at stop strings. As many characters as the longest stop string could still need are held back,
 * as vLLM's incremental detokenizer does, so a half stop string is never shown.
 */
export class OutputText {
  readonly #decoder = new StreamingDecoder();
  readonly #stops: readonly string[];
  readonly #includeStop: boolean;
  readonly #heldCharacters: number;
  #text = '';
  #shown = 0;

  constructor(stops: readonly string[], includeStop: boolean) {
    this.#stops = stops.filter(stop => stop !== '');
    this.#includeStop = includeStop;
    this.#heldCharacters = includeStop ? 0 : Math.max(0, ...this.#stops.map(stop => stop.length - 1));
  }

  push(tokenId: number, stopsActive: boolean): TextStep {
    const before = this.#text.length;
    this.#text += this.#decoder.push(tokenId);
    const found = stopsActive ? this.#findStop(before) : null;
    if (found === null) return {delta: this.#show(this.#text.length - this.#heldCharacters), stop: null};
    this.#text = this.#text.slice(0, found.at + (this.#includeStop ? found.stop.length : 0));
    return {delta: this.#show(this.#text.length), stop: found.stop};
  }

  /** The rest, at the natural end or when the length is reached. */
  end(): string {
    this.#text += this.#decoder.end();
    return this.#show(this.#text.length);
  }

  #findStop(before: number): {stop: string; at: number} | null {
    let best: {stop: string; at: number} | null = null;
    for (const stop of this.#stops) {
      const at = this.#text.indexOf(stop, Math.max(0, before - stop.length + 1));
      if (at >= 0 && (best === null || at < best.at)) best = {stop, at};
    }
    return best;
  }

  #show(until: number): string {
    if (until <= this.#shown) return '';
    const delta = this.#text.slice(this.#shown, until);
    this.#shown = until;
    return delta;
  }
}
