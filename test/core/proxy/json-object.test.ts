import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {findMember, readMember, scanJsonDocument} from '../../../src/core/proxy/json-object.ts';
import {jsonBytes, rewriteMembers} from '../../../src/core/proxy/json-rewrite.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

describe('scanJsonDocument', () => {
  it('finds the members of any object, with values that parse to the same', () => {
    fc.assert(
      fc.property(objectArbitrary, fc.constantFrom(undefined, 1, '\t'), (object, space) => {
        const bytes = encoder.encode(` ${JSON.stringify(object, null, space)}\n`);
        const scan = scanJsonDocument(bytes);
        const found = Object.fromEntries(scan.members.map(member => [member.name, readMember(bytes, member)]));
        expect(found).toEqual(JSON.parse(JSON.stringify(object)));
      }),
      {numRuns: 500},
    );
  });

  it('accepts no text that JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        objectArbitrary,
        fc.nat(),
        fc.constantFrom('', '"', ',', '{', ']', '0', '\\', 'e', '-', '.', 'x'),
        (object, at, junk) => {
          const text = JSON.stringify(object);
          const place = at % text.length;
          const damaged = text.slice(0, place) + junk + text.slice(place + 1);
          if (accepts(damaged)) expect(() => JSON.parse(damaged)).not.toThrow();
        },
      ),
      {numRuns: 2000},
    );
  });

  it.each([
    ['an array', '[1]', /expected a JSON object/],
    ['nothing', '', /expected a JSON object/],
    ['a second document', '{} {}', /unexpected text/],
    ['an open string', '{"a":"', /not closed/],
    ['half a surrogate pair', '{"a":"\\ud83d"}', /surrogate/],
    ['a low surrogate alone', '{"a":"\\ude00 "}', /surrogate/],
    ['a name twice', '{"model":"a","x":1,"model":"b"}', /"model" appears twice/],
    ['a name twice, once escaped', '{"model":"a","mod\\u0065l":"b"}', /"model" appears twice/],
    ['a number with a leading zero', '{"a":01}', /expected ","/],
    ['not a number', '{"a":NaN}', /expected a JSON value/],
    ['a depth bomb', `{"a":${'['.repeat(100_000)}`, /nested deeper/],
  ])('refuses %s', (_what, text, message) => {
    expect(() => scanJsonDocument(encoder.encode(text))).toThrow(message);
  });

  it('accepts a whole surrogate pair and a backslash before a u that is none', () => {
    expect(accepts('{"a":"\\ud83d\\ude00","b":"\\\\ud83d"}')).toBe(true);
  });

  it('reads a hundred thousand members in linear time', () => {
    const text = `{${Array.from({length: 100_000}, (_, index) => `"m${index}":0`).join(',')}}`;
    const started = performance.now();
    expect(scanJsonDocument(encoder.encode(text)).members).toHaveLength(100_000);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('rewriteMembers', () => {
  it('keeps the bytes of every value it was not asked to change', () => {
    const text = '{ "seed" : 9007199254740993, "model":"a", "t":1e400,"s":"\\u00e9\\/" , "n": -0.0 }';
    expect(rewrite(text, {model: jsonBytes('b')})).toBe(
      '{"seed" : 9007199254740993,"model":"b","t":1e400,"s":"\\u00e9\\/","n": -0.0}',
    );
  });

  it('does to any object what the same change does to the parsed value', () => {
    fc.assert(
      fc.property(objectArbitrary, fc.array(fc.tuple(nameArbitrary, fc.option(fc.jsonValue()))), (object, changes) => {
        const expected: Record<string, unknown> = JSON.parse(JSON.stringify(object));
        const edits: Record<string, Uint8Array | null> = {};
        for (const [name, value] of changes) {
          edits[name] = value === null ? null : jsonBytes(value);
          if (value === null) delete expected[name];
          else expected[name] = JSON.parse(JSON.stringify(value));
        }

        expect(JSON.parse(rewrite(JSON.stringify(object, null, 1), edits))).toEqual(expected);
      }),
      {numRuns: 500},
    );
  });
});

const nameArbitrary = fc.constantFrom('model', 'stream', 'usage', 'é', 'a"b', 'priority', '');
const objectArbitrary = fc.dictionary(fc.oneof(nameArbitrary, fc.string({unit: 'grapheme'})), fc.jsonValue(), {
  noNullPrototype: true,
  maxKeys: 8,
});

function rewrite(text: string, edits: Record<string, Uint8Array | null>): string {
  const bytes = encoder.encode(text);
  return decoder.decode(rewriteMembers(bytes, scanJsonDocument(bytes), new Map(Object.entries(edits))));
}

function accepts(text: string): boolean {
  try {
    return findMember(scanJsonDocument(encoder.encode(text)), 'none') === null;
  } catch {
    return false;
  }
}
