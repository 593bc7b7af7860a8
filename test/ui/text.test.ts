import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
  padEnd,
  printable,
  printableLine,
  textWidth,
  truncateEnd,
  truncateMiddle,
  truncatePath,
  wrapWords,
} from '../../src/ui/text.ts';

describe('text', () => {
  it('never exceeds the columns it was given, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme', maxLength: 60}), fc.integer({min: 2, max: 40}), (text, columns) => {
        const line = printableLine(text);
        for (const cut of [truncateEnd, truncateMiddle, truncatePath]) {
          expect(textWidth(cut(line, columns))).toBeLessThanOrEqual(columns);
        }
      }),
    );
  });

  it('takes escape sequences, bells and direction marks out of foreign text', () => {
    expect(printable('a\u001b[2Jb\u0007c\u202ed\u009b31m')).toBe('a[2Jbcd31m');
    expect(printableLine('one\r\n  two\tthree')).toBe('one two  three');
  });

  it('keeps both ends of an id', () => {
    expect(truncateMiddle('ins_01hzzzzzzzz_end', 11)).toBe('ins_0…z_end');
  });

  it('pads by columns, not by characters', () => {
    expect(padEnd('日', 4)).toBe('日  ');
  });

  it('wraps at spaces and never cuts a word', () => {
    expect(wrapWords('inventiv up --resume a-very-long-instance-name', 20)).toEqual([
      'inventiv up --resume',
      'a-very-long-instance-name',
    ]);
  });
});
