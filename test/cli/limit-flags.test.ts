import {describe, expect, it} from 'vitest';
import {parseMoney} from '../../src/cli/flags.ts';
import {parseLimitMs} from '../../src/cli/limit-flags.ts';

describe('limits as people type them', () => {
  it.each([
    ['20EUR', 20_000_000_000],
    ['20', 20_000_000_000],
    ['0.50 eur', 500_000_000],
    ['€1.25', 1_250_000_000],
    ['7€', 7_000_000_000],
  ])('--max-spend %s', (text, nanos) => {
    expect(parseMoney(text, '--max-spend')).toBe(nanos);
  });

  it.each(['0', '-3', '20USD', '1e9', '1,5', '', '.', '1.2.3', '€', '99999999'])('refuses --max-spend "%s"', text => {
    expect(() => parseMoney(text, '--max-spend')).toThrow('--max-spend: expected an amount in euros above zero');
  });

  it('takes times from a second to ten years', () => {
    expect(parseLimitMs('1s', '--ttl')).toBe(1000);
    expect(parseLimitMs('1h30m', '--ttl')).toBe(5_400_000);
    for (const text of ['0s', '999ms', '3651d', '99999999999999999999d'])
      expect(() => parseLimitMs(text, '--ttl')).toThrow('--ttl: expected between 1s and 3650d');
    expect(() => parseLimitMs('8', '--ttl')).toThrow('--ttl: expected a duration');
  });
});
