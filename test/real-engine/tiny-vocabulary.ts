/** How llama.cpp treats a token; the numbers are those of its `llama_token_type`. */
export const TOKEN_TYPE = {normal: 1, unknown: 2, control: 3, byte: 6} as const;

export interface VocabularyEntry {
  readonly piece: string;
  /** A SentencePiece merge score: adjacent pieces merge into the known piece with the highest score. */
  readonly score: number;
  readonly type: (typeof TOKEN_TYPE)[keyof typeof TOKEN_TYPE];
  /** How likely the random model is to say it: 'end' closes an answer, 'never' is only read, not written. */
  readonly spoken: 'word' | 'symbol' | 'end' | 'never';
}

export const UNKNOWN_ID = 0;
export const BEGIN_ID = 1;
export const END_ID = 2;

/**
 * A SentencePiece vocabulary of about 600 entries: control tokens, all 256 bytes (so any text can be read), printable
 * ASCII, a few multi-byte characters, and syllables with and without a leading space, so that the model's nonsense
 * looks like words and its streams carry several bytes per character now and then.
 */
export function tinyVocabulary(): VocabularyEntry[] {
  return [
    {piece: '<unk>', score: 0, type: TOKEN_TYPE.unknown, spoken: 'never'},
    {piece: '<s>', score: 0, type: TOKEN_TYPE.control, spoken: 'never'},
    {piece: '</s>', score: 0, type: TOKEN_TYPE.control, spoken: 'end'},
    ...byteEntries(),
    ...[...printableAscii(), ...MULTI_BYTE].map((piece): VocabularyEntry => plain(piece, SINGLE_SCORE, 'symbol')),
    plain(SPACE, SINGLE_SCORE, 'symbol'),
    ...syllables().map(piece => plain(piece, SYLLABLE_SCORE, 'word')),
    ...syllables().map(piece => plain(SPACE + piece, SPACED_SYLLABLE_SCORE, 'word')),
  ];
}

/** SentencePiece writes a space as this character. */
const SPACE = '\u2581';
const MULTI_BYTE = [...'éüñßøçλЖ→—日本語中文한🙂🚀'];
const SINGLE_SCORE = -1000;
const SYLLABLE_SCORE = -1;
const SPACED_SYLLABLE_SCORE = -2;

function plain(piece: string, score: number, spoken: VocabularyEntry['spoken']): VocabularyEntry {
  return {piece, score, type: TOKEN_TYPE.normal, spoken};
}

function byteEntries(): VocabularyEntry[] {
  return Array.from({length: 256}, (_, byte) => ({
    piece: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    score: 0,
    type: TOKEN_TYPE.byte,
    spoken: 'never',
  }));
}

function printableAscii(): string[] {
  return Array.from({length: 0x7e - 0x21 + 1}, (_, index) => String.fromCharCode(0x21 + index));
}

function syllables(): string[] {
  return [...'bcdfghjklmnprstvwz'].flatMap(consonant => [...'aeiou'].map(vowel => consonant + vowel));
}
