import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {LineSplitter} from '../../../src/core/diagnosis/line-splitter.ts';

describe('splitting text into lines', () => {
  it('gives the same lines, however the text was cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ab\n\r]{0,8}$/)), pieces => {
        const splitter = new LineSplitter();
        const lines = [...pieces.flatMap(piece => splitter.push(piece)), ...splitter.end()];
        const whole = pieces.join('').split(/[\r\n]+/);
        expect(lines.filter(line => line !== '')).toEqual(whole.filter(line => line !== ''));
      }),
    );
  });

  it('keeps both ends of a line that never ends, and little of it', () => {
    const splitter = new LineSplitter();
    splitter.push('begin');
    for (let piece = 0; piece < 100; piece++) expect(splitter.push('x'.repeat(64 * 1024))).toEqual([]);
    splitter.push('end');
    const [line = ''] = splitter.end();
    expect(line.startsWith('beginxxx') && line.endsWith('xxxend')).toBe(true);
    expect(line.length).toBeLessThan(200_000);
  });
});
