import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {SseFramer} from '../../../src/core/proxy/sse-framer.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

describe('SseFramer', () => {
  it('hands out the bytes of each event as they came', () => {
    const events = new SseFramer().push(encoder.encode('data: one\n\nevent: x\ndata: two\n\n'));
    expect(events.map(({raw}) => decoder.decode(raw))).toEqual(['data: one\n\n', 'event: x\ndata: two\n\n']);
    expect(events.map(textOf)).toEqual(['one', 'two']);
  });

  it('joins several data lines with a newline and tells a comment from an event', () => {
    const events = new SseFramer().push(encoder.encode(': ping\n\ndata: a\ndata:b\ndata\n\n'));
    expect(events.map(textOf)).toEqual([null, 'a\nb\n']);
  });

  it('hands out an event with the CR that ends its blank line, before any LF has come', () => {
    const framer = new SseFramer();
    expect(framer.push(encoder.encode('data: a\r\n\r')).map(textOf)).toEqual(['a']);
    expect(framer.push(encoder.encode('\ndata: b\r\n\r\n')).map(textOf)).toEqual(['b']);
    expect(framer.holdsPartialEvent).toBe(false);
  });

  it('tells that an event was cut off', () => {
    const framer = new SseFramer();
    expect(framer.push(encoder.encode('data: {"half":'))).toEqual([]);
    expect(framer.holdsPartialEvent).toBe(true);
  });

  it('refuses an event without end', () => {
    const framer = new SseFramer();
    const chunk = new Uint8Array(9 * 1024 * 1024).fill(0x61);
    framer.push(chunk);
    expect(() => framer.push(chunk)).toThrow(/larger than/);
  });

  it('finds the same events however the bytes are cut, for every line ending', () => {
    fc.assert(
      fc.property(fc.array(eventArbitrary, {maxLength: 6}), lineEnding, cutsArbitrary, (events, ending, cuts) => {
        const bytes = encoder.encode(events.map(lines => lines.concat('', '').join(ending)).join(''));
        expect(feed(bytes, cuts)).toEqual(feed(bytes, []));
        expect(feed(bytes, cuts)).toEqual(events.map(expectedData));
      }),
      {numRuns: 500},
    );
  });

  it('passes every byte on, cut anywhere, but for the LF of a CRLF that was cut at an end of event', () => {
    fc.assert(
      fc.property(
        fc.array(eventArbitrary, {maxLength: 6}),
        fc.constantFrom('\n', '\r'),
        cutsArbitrary,
        (events, ending, cuts) => {
          const bytes = encoder.encode(events.map(lines => lines.concat('', '').join(ending)).join(''));
          const framer = new SseFramer();
          const out = cut(bytes, cuts).flatMap(piece => framer.push(piece).map(({raw}) => Buffer.from(raw)));
          expect(Buffer.concat(out).equals(bytes)).toBe(true);
        },
      ),
    );
  });
});

const lineEnding = fc.constantFrom('\n', '\r\n', '\r');
const cutsArbitrary = fc.array(fc.nat({max: 400}), {maxLength: 12});
const text = fc.string({unit: fc.constantFrom('a', ' ', ':', '{', 'é', '漢', '🙂', '[DONE]'), maxLength: 12});
const eventArbitrary = fc.array(
  fc.oneof(
    text.map(value => `data: ${value}`),
    text.map(value => `: ${value}`),
    fc.constant('event: message'),
  ),
  {minLength: 1, maxLength: 3},
);

function expectedData(lines: readonly string[]): string | null {
  const data = lines.filter(line => line.startsWith('data: ')).map(line => line.slice('data: '.length));
  return data.length === 0 ? null : data.join('\n');
}

function feed(bytes: Uint8Array, cuts: readonly number[]): (string | null)[] {
  const framer = new SseFramer();
  return cut(bytes, cuts).flatMap(piece => framer.push(piece).map(textOf));
}

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.filter(offset => offset < bytes.length).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

function textOf({data}: {data: Uint8Array | null}): string | null {
  return data === null ? null : decoder.decode(data);
}
