import type {Readable} from 'node:stream';
import {StringDecoder} from 'node:string_decoder';

const lineCharsMaxDefault = 16_384;

/** Calls back with the lines that every chunk completes, and an unfinished last one; a longer line is cut. */
export function splitLines(
  stream: Readable,
  onLines: (lines: readonly string[]) => void,
  lineCharsMax = lineCharsMaxDefault,
): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isSkipping = false;
  const cut = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line).slice(0, lineCharsMax);
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    // What is left of a line that was cut in an earlier chunk ends with this one.
    if (isSkipping && lines.length > 0) {
      lines.shift();
      isSkipping = false;
    }
    if (isSkipping) rest = '';
    if (rest.length > lineCharsMax) {
      lines.push(rest);
      rest = '';
      isSkipping = true;
    }
    if (lines.length > 0) onLines(lines.map(cut));
  });
  stream.on('end', () => {
    if (rest.length > 0) onLines([cut(rest)]);
    rest = '';
  });
  stream.on('error', () => {});
}
