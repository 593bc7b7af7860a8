import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {splitCommand} from '../../src/cli/shell-split.ts';

const split = (text: string) => splitCommand(text, '--engine-command');

describe('splitCommand', () => {
  it.each([
    ['python3 server.py', ['python3', 'server.py']],
    ['run \'my model\' "a \\"b\\" c"', ['run', 'my model', 'a "b" c']],
    ['a\\ b  c', ['a b', 'c']],
    ["x '' y", ['x', '', 'y']],
    ["--flag='a b'c", ['--flag=a bc']],
    ['\'$HOME\' "\\$x"', ['$HOME', '$x']],
    ['"keeps \\n as it is"', ['keeps \\n as it is']],
  ])('splits %s as a shell does', (text, words) => {
    expect(split(text)).toEqual(words);
  });

  it('gives back any words that were quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), {minLength: 1, maxLength: 6}), words => {
        expect(split(words.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' '))).toEqual(words);
      }),
    );
  });

  it.each(['', '   ', "it's", 'say "hi', 'a | b', 'a && b', 'echo $HOME', 'a > f', 'a; b', '$(x)'])(
    'refuses %j',
    text => {
      expect(() => split(text)).toThrow('--engine-command');
    },
  );
});
