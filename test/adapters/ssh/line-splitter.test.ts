import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {LineSplitter, lineCharsMax} from '../../../src/adapters/ssh/line-splitter.ts';

describe('LineSplitter', () => {
  it('gives the same lines however the bytes are cut into chunks', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '☃', '😀', '\n', '\r\n', ' '), {maxLength: 60});
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), {maxLength: 10}), (letters, cuts) => {
        const bytes = Buffer.from(letters.join(''));
        const whole = letters.join('').split('\n');
        const last = whole.pop();
        const expected = [...whole, ...(last === '' || last === undefined ? [] : [last])];
        expect(linesOf(bytes, cuts)).toEqual(expected.map(line => line.replace(/\r$/, '')));
      }),
    );
  });

  it('cuts long lines at 16 384 characters wherever the chunks end', () => {
    const bytes = Buffer.from(
      `${'x'.repeat(40_000)}\nshort\n${'y'.repeat(lineCharsMax)}\n${'z'.repeat(lineCharsMax + 1)}`,
    );
    for (const chunk of [1_000, lineCharsMax, lineCharsMax + 1, 50_000, 100_000]) {
      const cuts = Array.from({length: Math.ceil(bytes.length / chunk)}, () => chunk);
      expect(linesOf(bytes, cuts)).toEqual([
        'x'.repeat(lineCharsMax),
        'short',
        'y'.repeat(lineCharsMax),
        'z'.repeat(lineCharsMax),
      ]);
    }
  });

  it('gives no line for no output, and a broken letter at the end as one', () => {
    expect(linesOf(Buffer.alloc(0), [])).toEqual([]);
    expect(linesOf(Buffer.from([0x61, 0xc3]), [])).toEqual(['a\uFFFD']);
  });
});

function linesOf(bytes: Buffer, chunkLengths: readonly number[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(line => lines.push(line));
  let start = 0;
  for (const length of chunkLengths) {
    splitter.write(bytes.subarray(start, start + length));
    start += length;
  }
  splitter.write(bytes.subarray(start));
  splitter.end();
  return lines;
}
