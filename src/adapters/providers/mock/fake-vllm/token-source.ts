import {hashIntegers, type SeededRandom, seededRandom} from './random.ts';
import {encode} from './tokenizer.ts';
import {JOINTS, MULTIBYTE_WORDS, WORDS} from './words.ts';

export type Channel = 'reasoning' | 'content' | 'tool';

interface SourceToken {
  id: number;
  channel: Channel;
}

/** What the model would say, token by token. */
export interface TokenSource {
  /** `null` at the natural end. */
  next(): SourceToken | null;
  /** True when `next` would give `null`: the token before it carries the finish reason. */
  isDone(): boolean;
}

interface ProseOptions {
  seed: number;
  /** Exact natural length in tokens; `null` draws one and ends at the end of a sentence. */
  lengthTokens: number | null;
  /** Never ends by itself (`ignore_eos`). */
  endless: boolean;
  /** Does not end before this many tokens (`min_tokens`). */
  lengthTokensMin: number;
  /** Whether a passage of reasoning comes before the answer. */
  withReasoning: boolean;
}

const NATURAL_TOKENS_MIN = 12;
const NATURAL_TOKENS_MAX = 64;
const REASONING_TOKENS_MIN = 8;
const REASONING_TOKENS_MAX = 20;
const MULTIBYTE_SHARE = 0.03;

/** Seeded sentences. The text tokenizes back to exactly the tokens that were sent. */
export function proseSource(options: ProseOptions): TokenSource {
  const random = seededRandom(options.seed);
  const queue: SourceToken[] = [];
  if (options.withReasoning) {
    const tokens = sentence(random, true).slice(0, random.int(REASONING_TOKENS_MIN, REASONING_TOKENS_MAX));
    queue.push(...tokens.map(id => ({id, channel: 'reasoning' as const})));
  }
  const target = Math.max(
    options.lengthTokens ?? random.int(NATURAL_TOKENS_MIN, NATURAL_TOKENS_MAX),
    options.lengthTokensMin,
  );
  let produced = 0;
  let first = true;
  const isDone = (): boolean =>
    !options.endless && produced >= target && (options.lengthTokens !== null || queue.length === 0);
  return {
    isDone,
    next() {
      if (isDone()) return null;
      if (queue.length === 0) {
        queue.push(...sentence(random, first).map(id => ({id, channel: 'content' as const})));
        first = false;
      }
      produced += 1;
      return queue.shift() ?? null;
    },
  };
}

/** A given text, such as tool arguments or a JSON answer. */
export function textSource(text: string, channel: Channel): TokenSource {
  const ids = encode(text);
  let at = 0;
  return {
    isDone: () => at >= ids.length,
    next() {
      const id = ids[at++];
      return id === undefined ? null : {id, channel};
    },
  };
}

/** The seed of one answer: the same server seed, prompt, request seed and choice give the same text. */
export function answerSeed(
  serverSeed: number,
  promptIds: readonly number[],
  requestSeed: number,
  choice: number,
): number {
  return hashIntegers([serverSeed, requestSeed, choice], hashIntegers(promptIds));
}

function sentence(random: SeededRandom, first: boolean): number[] {
  const length = random.int(5, 12);
  const words = Array.from({length}, (_, index) => (index % 3 === 2 ? pick(random, JOINTS) : word(random)));
  const text = words.join(' ');
  const capital = text.slice(0, 1).toUpperCase() + text.slice(1);
  return encode(`${first ? '' : ' '}${capital}${random.next() < 0.1 ? '!' : '.'}`);
}

function word(random: SeededRandom): string {
  return pick(random, random.next() < MULTIBYTE_SHARE ? MULTIBYTE_WORDS : WORDS);
}

function pick(random: SeededRandom, from: readonly string[]): string {
  return from[random.int(0, from.length - 1)] ?? '';
}
