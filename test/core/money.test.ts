import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
  addEur,
  costForMs,
  costForSeconds,
  eur,
  eurDecimal,
  eurNanos,
  formatEur,
  formatEurPerHour,
  formatEurPerMonth,
  NANOS_PER_EUR,
  parseEur,
  scaleEur,
  subtractEur,
} from '../../src/core/money.ts';

const anyNanos = fc.integer({min: -9_000_000 * NANOS_PER_EUR, max: 9_000_000 * NANOS_PER_EUR}).map(eurNanos);
const priceNanos = fc.integer({min: 0, max: 100 * NANOS_PER_EUR}).map(eurNanos);

describe('parseEur', () => {
  it.each([
    ['0.7875', 787_500_000],
    ['6.30', 6_300_000_000],
    ['60', 60_000_000_000],
    ['1.469916', 1_469_916_000],
    ['-0.004', -4_000_000],
    ['0.000000001', 1],
    ['0.1000000000', 100_000_000],
    [' 12 ', 12_000_000_000],
    ['-0', 0],
  ])('reads %j exactly as %d nanos', (text, nanos) => {
    expect(parseEur(text)).toEqual({ok: true, nanos});
  });

  it.each(['', '1,5', '.5', '5.', '1e3', '0x10', 'NaN', '0.0000000001', '10000000', '9999999'])(
    'refuses %j and says why',
    text => {
      const parsed = parseEur(text);
      expect(parsed.ok ? '' : parsed.reason).toMatch(/^(expected euros|amounts beyond)/);
    },
  );

  it('refuses a megabyte without repeating it', () => {
    const parsed = parseEur('1'.repeat(1_000_000));
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? '' : parsed.reason.length).toBeLessThan(160);
  });

  it('reads back what eurDecimal writes', () => {
    fc.assert(
      fc.property(anyNanos, nanos => {
        expect(parseEur(eurDecimal(nanos))).toEqual({ok: true, nanos});
      }),
    );
  });
});

describe('cost of a life', () => {
  it.each([
    ['0.7875', 3_600, '0.7875'],
    ['0.7875', 60, '0.013125'],
    ['0.7875', 1, '0.00021875'],
    // 1.469916 / 3600 = 0.00040831: whole nanos
    ['1.469916', 1, '0.00040831'],
    // 2.8665 x 7 / 3600 = 0.00557375
    ['2.8665', 7, '0.00557375'],
    ['25.3308', 86_400 * 30, '18238.176'],
    ['0.7875', 0, '0'],
  ])('%s EUR/h for %d s costs %s EUR', (price, seconds, cost) => {
    expect(eurDecimal(costForSeconds(eur(price), seconds))).toBe(cost);
  });

  it('rounds half up, once', () => {
    expect(costForSeconds(eurNanos(1_800), 1)).toBe(1);
    expect(costForSeconds(eurNanos(1_799), 1)).toBe(0);
    expect(costForMs(eurNanos(5_400), 1_000)).toBe(2);
  });

  it('never gives money back when the clock went backwards', () => {
    expect(costForMs(eur('1'), -5_000)).toBe(0);
  });

  it('is within half a nano of the exact quotient and never falls as time passes', () => {
    const life = fc.integer({min: 0, max: 5 * 365 * 86_400_000});
    fc.assert(
      fc.property(priceNanos, life, fc.integer({min: 0, max: 86_400_000}), (price, durationMs, moreMs) => {
        const cost = costForMs(price, durationMs);
        const doubledError = 2n * (BigInt(cost) * 3_600_000n - BigInt(price) * BigInt(durationMs));
        expect(doubledError <= 3_600_000n && doubledError > -3_600_000n).toBe(true);
        expect(costForMs(price, durationMs + moreMs)).toBeGreaterThanOrEqual(cost);
      }),
    );
  });

  it('costs by the second what it costs by the millisecond', () => {
    fc.assert(
      fc.property(priceNanos, fc.integer({min: 0, max: 100_000_000}), (price, seconds) => {
        expect(costForSeconds(price, seconds)).toBe(costForMs(price, seconds * 1000));
      }),
    );
  });
});

describe('formatting', () => {
  it.each([
    ['0.7875', '€0.7875/h', '€574.88/month'],
    ['6.30', '€6.30/h', '€4599.00/month'],
    ['1.469916', '€1.4699/h', '€1073.04/month'],
    ['60', '€60.00/h', '€43800.00/month'],
    ['0.00005', '€0.0001/h', '€0.04/month'],
  ])('shows %s EUR/h as %s and %s', (price, perHour, perMonth) => {
    expect(formatEurPerHour(eur(price))).toBe(perHour);
    expect(formatEurPerMonth(eur(price))).toBe(perMonth);
  });

  it('keeps the sign, and shows no minus for what rounds to nothing', () => {
    expect(formatEur(eur('-1.5'))).toBe('-€1.50');
    expect(formatEur(eurNanos(0))).toBe('€0.00');
    expect(formatEur(eurNanos(-1))).toBe('-€0.000000001');
    expect(formatEur(eur('0.0000036'))).toBe('€0.0000036');
    expect(formatEur(eur('0.00002745'))).toBe('€0.000027');
    expect(formatEur(eur('0.000099999'))).toBe('€0.0001');
    expect(formatEur(eur('0.0004'), {max: 2})).toBe('€0.0004');
    expect(formatEur(eurNanos(1), {max: 9})).toBe('€0.000000001');
  });
});

describe('arithmetic', () => {
  it('adds and subtracts exactly', () => {
    expect(addEur(eur('0.1'), eur('0.2'))).toBe(eur('0.3'));
    expect(subtractEur(eur('0.3'), eur('0.1'))).toBe(eur('0.2'));
    expect(addEur()).toBe(0);
  });

  it('rounds half away from zero on both sides', () => {
    expect(scaleEur(eurNanos(3), 1, 2)).toBe(2);
    expect(scaleEur(eurNanos(-3), 1, 2)).toBe(-2);
  });

  it('refuses what is no whole number of nanos, or no longer exact', () => {
    expect(() => eurNanos(0.5)).toThrow(RangeError);
    expect(() => eurNanos(Number.NaN)).toThrow(RangeError);
    expect(() => addEur(eurNanos(Number.MAX_SAFE_INTEGER), eurNanos(1))).toThrow(RangeError);
    expect(() => scaleEur(eurNanos(Number.MAX_SAFE_INTEGER), 1_000)).toThrow(RangeError);
    expect(() => scaleEur(eur('1'), 1, 0)).toThrow(RangeError);
    expect(() => eur('1.0.0')).toThrow(RangeError);
  });
});
