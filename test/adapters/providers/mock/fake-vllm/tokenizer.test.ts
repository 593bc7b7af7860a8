import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {proseSource} from '../../../../../src/adapters/providers/mock/fake-vllm/token-source.ts';
import {
  decode,
  encode,
  StreamingDecoder,
  VOCABULARY_SIZE,
} from '../../../../../src/adapters/providers/mock/fake-vllm/tokenizer.ts';
import {WORDS} from '../../../../../src/adapters/providers/mock/fake-vllm/words.ts';

describe('fake vLLM tokenizer', () => {
  it('gives back every text that it encoded', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({unit: 'grapheme'}), fc.string({unit: 'binary'}), fc.lorem()), text => {
        const ids = encode(text);
        expect(decode(ids)).toBe(text.toWellFormed());
        expect(ids.every(id => id >= 0 && id < VOCABULARY_SIZE)).toBe(true);
      }),
    );
  });

  it('has one token for each word of its vocabulary, with and without a space, and no two words share one', () => {
    const ids = WORDS.flatMap(word => [encode(word), encode(` ${word}`)]);
    expect(ids.every(list => list.length === 1)).toBe(true);
    expect(new Set(ids.flat()).size).toBe(WORDS.length * 2);
  });

  it('holds back the bytes of a character until it is complete', () => {
    const decoder = new StreamingDecoder();
    const parts = encode('東a').map(id => decoder.push(id));
    expect(parts).toEqual(['', '', '東', 'a']);
  });

  it('makes prose that tokenizes back to exactly the tokens that were sent', () => {
    fc.assert(
      fc.property(fc.integer({min: 0}), seed => {
        const source = proseSource({
          seed,
          lengthTokens: null,
          endless: false,
          lengthTokensMin: 0,
          withReasoning: false,
        });
        const sent: number[] = [];
        for (let token = source.next(); token !== null; token = source.next()) sent.push(token.id);
        expect(encode(decode(sent))).toEqual(sent);
        expect(sent.length).toBeGreaterThanOrEqual(12);
      }),
    );
  });

  it('ends at exactly the asked length and never by itself when told to ignore the end', () => {
    const take = (source: ReturnType<typeof proseSource>, max: number): number => {
      let count = 0;
      while (count < max && source.next() !== null) count += 1;
      return count;
    };
    const options = {seed: 7, lengthTokens: 33, endless: false, lengthTokensMin: 0, withReasoning: false};
    expect(take(proseSource(options), 1000)).toBe(33);
    expect(take(proseSource({...options, endless: true}), 1000)).toBe(1000);
  });
});
