import {describe, expect, it} from 'vitest';
import {defaultStep, seriesPeriod} from '../../../src/core/finops/usage-series.ts';
import {dayMs, hourMs} from '../../../src/core/time.ts';

const noonMs = Date.parse('2026-11-05T12:34:56Z');

describe('the period of a series', () => {
  it('begins with the step in which it was asked to begin', () => {
    expect(seriesPeriod({fromMs: noonMs, untilMs: noonMs + 1}, 'hour').fromMs).toBe(Date.parse('2026-11-05T12:00:00Z'));
    expect(seriesPeriod({fromMs: noonMs, untilMs: noonMs + 1}, 'day').fromMs).toBe(Date.parse('2026-11-05T00:00:00Z'));
  });

  it('is refused when it is empty, or when nobody could look at it', () => {
    const refused = expect.objectContaining({code: 'invalid_input'});
    expect(() => seriesPeriod({fromMs: noonMs, untilMs: noonMs}, 'day')).toThrow(refused);
    expect(() => seriesPeriod({fromMs: 0, untilMs: noonMs}, 'day')).toThrow(refused);
    expect(() => seriesPeriod({fromMs: noonMs - 2001 * hourMs, untilMs: noonMs}, 'hour')).toThrow(/--step day|2000/);
  });

  it('has hours while they are few', () => {
    expect(defaultStep({fromMs: 0, untilMs: 4 * dayMs})).toBe('hour');
    expect(defaultStep({fromMs: 0, untilMs: 4 * dayMs + 1})).toBe('day');
  });
});
