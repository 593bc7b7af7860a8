import {describe, expect, it} from 'vitest';
import {parseRate} from '../../src/cli/price-flags.ts';

const tokens = {'1M': 1, '1k': 1000};
const audio = {h: 1, min: 60, s: 3600};

describe('a rate', () => {
  it.each<[text: string, units: Record<string, number>, nanos: number]>([
    ['0.40EUR/1M', tokens, 400_000_000],
    ['0.40 / 1m', tokens, 400_000_000],
    ['€0.0004/1k', tokens, 400_000_000],
    ['0.000000001EUR/1k', tokens, 1000],
    ['0/1M', tokens, 0],
    ['1000EUR/1M', tokens, 1_000_000_000_000],
    ['0.36EUR/h', audio, 360_000_000],
    ['0.006EUR/min', audio, 360_000_000],
    ['0.0001/s', audio, 360_000_000],
    ['0.001EUR', {}, 1_000_000],
  ])('%s is exact', (text, units, nanos) => {
    expect(parseRate(text, '--input', units)).toBe(nanos);
  });

  it.each([
    ['0.40', tokens],
    ['0.40EUR', tokens],
    ['0.40EUR/1G', tokens],
    ['0.40EUR/h', tokens],
    ['-1EUR/1M', tokens],
    ['1e3/1M', tokens],
    ['0.4000000001EUR/1M', tokens],
    ['', tokens],
    ['0.001EUR/1M', {}],
    ['1001EUR/1M', tokens],
    ['2EUR/1k', tokens],
  ])('%s is refused, with an example', (text, units) => {
    expect(() => parseRate(text, '--input', units)).toThrowError(
      expect.objectContaining({code: 'invalid_input', hint: expect.stringContaining('--input 0.')}),
    );
  });
});
