import {execFileSync} from 'node:child_process';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {shellQuote, shellWords} from '../../../src/core/bootstrap/shell-quote.ts';

/** What a real shell makes of the words: each one printed, ended by a newline and a mark that no word holds. */
function readBack(words: readonly string[]): string[] {
  const output = execFileSync('sh', ['-s'], {input: `printf '%s\\n\\001' ${shellWords(words)}\n`, encoding: 'utf8'});
  return output.split('\n\u0001').slice(0, -1);
}

/** Everything that a shell takes as one word: no NUL, and nothing that is no text. */
const word = fc
  .oneof(
    fc.string(),
    fc.string({unit: 'grapheme'}),
    fc.string({unit: fc.constantFrom(...'\'"$`\\ \n\t;&|<>*?[]{}()#~!=%-a')}),
  )
  .map(text => text.replaceAll('\0', '').replaceAll('\u0001', ''));

describe('quoting for a shell', () => {
  it.each([
    '',
    ' ',
    "it's",
    '"',
    '$HOME',
    '`id`',
    '$(id)',
    '\\',
    '\n',
    '~',
    '*',
    '-n',
    '--',
    '!',
    '#',
    'a;b',
    "'; rm -rf / #",
    'é',
    '🦙',
    '%s',
  ])('keeps %j one word with the same letters', text => expect(readBack([text])).toEqual([text]));

  it('keeps any list of words as it is', () => {
    fc.assert(
      fc.property(fc.array(word, {minLength: 1, maxLength: 12}), words => {
        expect(readBack(words)).toEqual(words);
      }),
      {numRuns: 60},
    );
  });

  it('leaves plain words readable', () => {
    expect(shellWords(['vllm', 'serve', 'Qwen/Qwen2.5-0.5B', '--max-model-len', '4096'])).toBe(
      'vllm serve Qwen/Qwen2.5-0.5B --max-model-len 4096',
    );
    expect(shellQuote('a b')).toBe("'a b'");
  });
});
