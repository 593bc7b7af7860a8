import {StringDecoder} from 'node:string_decoder';
import {WORDS} from './words.ts';

/**
 * A reversible word-ish tokenizer: known words are one token, other letters go by threes, digits by threes, all else
 * by UTF-8 bytes. Ids are computed, not looked up in a file, so every process agrees on them.
 *
 *   0 - 255      raw bytes
 *   256 - 1365   one, two and three digits
 *   1366 - 4095  words, without and with a leading space
 *   4096 - 77207 pieces of one to three letters: plain, capital, space, space and capital
 *   77208 -      special tokens, which no text encodes to
 */
const DIGITS_BASE = 256;
const WORDS_BASE = 1366;
const PIECES_BASE = 4096;
const PIECES_PER_KIND = 26 + 26 ** 2 + 26 ** 3;
const SPECIAL_BASE = PIECES_BASE + 4 * PIECES_PER_KIND;
const LETTERS_PER_PIECE = 3;

export const TURN_START = SPECIAL_BASE;
export const TURN_END = SPECIAL_BASE + 1;
const SPECIAL_TEXTS = ['<|im_start|>', '<|im_end|>'];
export const VOCABULARY_SIZE = SPECIAL_BASE + SPECIAL_TEXTS.length;

const WORD_INDEX = new Map(WORDS.map((word, index) => [word, index]));
const SEGMENT = /( ?)([A-Z]?[a-z]+|[A-Z])|(\d{1,3})|([\s\S])/gu;

export function encode(text: string): number[] {
  const ids: number[] = [];
  for (const match of text.matchAll(SEGMENT)) {
    const [, space, letters, digits, other] = match;
    if (letters !== undefined) encodeLetters(letters, space === ' ', ids);
    else if (digits !== undefined) ids.push(digitsId(digits));
    else if (other !== undefined) ids.push(...Buffer.from(other, 'utf8'));
  }
  return ids;
}

export function decode(ids: readonly number[]): string {
  return Buffer.concat(ids.map(tokenBytes)).toString('utf8');
}

/** The text of one token on its own; half a character shows as U+FFFD, as in vLLM's logprobs. */
export function tokenText(id: number): string {
  return SPECIAL_TEXTS[id - SPECIAL_BASE] ?? tokenBytes(id).toString('utf8');
}

/** Bytes of one token; special tokens are skipped in text, so they have none. Ids out of range are a RangeError. */
export function tokenBytes(id: number): Buffer {
  if (!Number.isInteger(id) || id < 0 || id >= VOCABULARY_SIZE)
    throw new RangeError(`Token id ${id} is out of vocabulary`);
  if (id < DIGITS_BASE) return Buffer.from([id]);
  if (id < WORDS_BASE) return Buffer.from(digitsText(id));
  if (id < PIECES_BASE) {
    const word = WORDS[(id - WORDS_BASE) >> 1];
    if (word === undefined) return Buffer.alloc(0);
    return Buffer.from((id - WORDS_BASE) % 2 === 1 ? ` ${word}` : word);
  }
  return id < SPECIAL_BASE ? Buffer.from(pieceText(id - PIECES_BASE)) : Buffer.alloc(0);
}

/** Turns tokens into text one by one, holding back the bytes of an unfinished character. */
export class StreamingDecoder {
  readonly #decoder = new StringDecoder('utf8');

  push(id: number): string {
    return this.#decoder.write(tokenBytes(id));
  }

  /** What is left at the end: U+FFFD if generation stopped inside a character. */
  end(): string {
    return this.#decoder.end();
  }
}

function encodeLetters(letters: string, spaced: boolean, ids: number[]): void {
  const word = WORD_INDEX.get(letters);
  if (word !== undefined) {
    ids.push(WORDS_BASE + word * 2 + (spaced ? 1 : 0));
    return;
  }
  const lower = letters.toLowerCase();
  for (let start = 0; start < lower.length; start += LETTERS_PER_PIECE) {
    const first = start === 0;
    const kind = (first && spaced ? 2 : 0) + (first && lower[0] !== letters[0] ? 1 : 0);
    ids.push(PIECES_BASE + kind * PIECES_PER_KIND + pieceIndex(lower.slice(start, start + LETTERS_PER_PIECE)));
  }
}

function pieceIndex(letters: string): number {
  let index = 0;
  for (let at = 0; at < letters.length; at++) index = index * 26 + (letters.charCodeAt(at) - 97);
  if (letters.length === 2) return 26 + index;
  return letters.length === 3 ? 26 + 26 ** 2 + index : index;
}

function pieceText(offset: number): string {
  const kind = Math.floor(offset / PIECES_PER_KIND);
  let index = offset % PIECES_PER_KIND;
  let length = 1;
  if (index >= 26 + 26 ** 2) [index, length] = [index - 26 - 26 ** 2, 3];
  else if (index >= 26) [index, length] = [index - 26, 2];
  let letters = '';
  for (let at = 0; at < length; at++) {
    letters = String.fromCharCode(97 + (index % 26)) + letters;
    index = Math.floor(index / 26);
  }
  if (kind % 2 === 1) letters = letters.slice(0, 1).toUpperCase() + letters.slice(1);
  return kind >= 2 ? ` ${letters}` : letters;
}

function digitsId(digits: string): number {
  const before = digits.length === 1 ? 0 : digits.length === 2 ? 10 : 110;
  return DIGITS_BASE + before + Number(digits);
}

function digitsText(id: number): string {
  const offset = id - DIGITS_BASE;
  if (offset < 10) return String(offset);
  return offset < 110 ? String(offset - 10).padStart(2, '0') : String(offset - 110).padStart(3, '0');
}
