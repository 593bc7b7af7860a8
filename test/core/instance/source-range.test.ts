import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {parseSourceRange} from '../../../src/core/instance/source-range.ts';

describe('who may reach a machine', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    [' 203.0.113.0/24 ', '203.0.113.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.128.0.0/9', '10.128.0.0/9'],
  ])('is read from %s', (text, range) => {
    expect(parseSourceRange(text)).toEqual({ok: true, range});
  });

  it.each([
    ['everybody', 'expected IPv4 addresses such as'],
    ['', 'expected IPv4 addresses such as'],
    ['256.0.0.1', 'expected IPv4 addresses such as'],
    ['10.0.0.0/33', 'expected IPv4 addresses such as'],
    ['2001:db8::/32', 'expected IPv4 addresses such as'],
    ['203.0.113.7/24', 'did you mean 203.0.113.0/24?'],
    ['10.1.2.3/9', 'did you mean 10.0.0.0/9?'],
  ])('is not read from "%s"', (text, reason) => {
    expect(parseSourceRange(text)).toEqual({ok: false, reason: expect.stringContaining(reason)});
  });

  it('is the same when what was understood is read again', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({min: 0, max: 32}), (ip, bits) => {
        const first = parseSourceRange(`${ip}/${bits}`);
        const meant = first.ok ? first.range : (/mean (.*)\?/.exec(first.reason)?.[1] ?? '');
        expect(parseSourceRange(meant)).toEqual({ok: true, range: meant});
      }),
    );
  });
});
