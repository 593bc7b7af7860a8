import {describe, expect, it} from 'vitest';
import type {Budget} from '../../../src/core/finops/budget.ts';
import {budgetState, periodEnd, periodStart} from '../../../src/core/finops/budget.ts';
import {reservationOf} from '../../../src/core/finops/reservation.ts';
import {freeRates} from '../../../src/core/finops/token-price.ts';

const at = (text: string) => Date.parse(text);

describe('the period of a budget', () => {
  it.each([
    ['day', '2026-11-27T23:59:59.999Z', '2026-11-27', '2026-11-28'],
    ['day', '2026-11-28T00:00:00Z', '2026-11-28', '2026-11-29'],
    ['day', '2026-11-28T00:30:00+02:00', '2026-11-27', '2026-11-28'],
    ['month', '2026-12-31T23:59:59.999Z', '2026-12-01', '2027-01-01'],
    ['month', '2028-02-29T12:00:00Z', '2028-02-01', '2028-03-01'],
  ] as const)('%s of %s, in UTC', (period, moment, from, until) => {
    expect(periodStart(period, at(moment))).toBe(at(from));
    expect(periodEnd(period, at(moment))).toBe(at(until));
  });
});

it.each<[softNanos: number | null, hardNanos: number | null, spent: number, state: string]>([
  [5, 10, 4, 'within'],
  [5, 10, 5, 'soft_reached'],
  [5, 10, 10, 'exhausted'],
  [null, 10, 9, 'within'],
  [5, null, 1000, 'soft_reached'],
])('a budget of %s soft, %s hard with %s spent is %s', (softNanos, hardNanos, spent, state) => {
  expect(budgetState({softNanos, hardNanos} as Budget, spent)).toBe(state);
});

describe('a reservation', () => {
  const demand = {
    ...{promptTokens: 3, promptTokensMax: 10, completionTokensMax: 20, isOpenEnded: false, audioMsMax: 0},
  };
  const price = (rates: Partial<typeof freeRates>) => ({
    ...{id: 'prc', organizationId: 'org', modelHfId: 'm', version: 1, validFromMs: 0, setBy: 'ada', setAtMs: 0},
    rates: {...freeRates, ...rates},
  });

  it.each([
    ['input and output', {inputPerMillionNanos: 1e6, outputPerMillionNanos: 2e6}, 50],
    ['a dearer cache', {inputPerMillionNanos: 1e6, cachedInputPerMillionNanos: 3e6}, 30],
    ['dearer reasoning', {outputPerMillionNanos: 1e6, reasoningPerMillionNanos: 4e6}, 80],
    ['a cheaper cache', {inputPerMillionNanos: 2e6, cachedInputPerMillionNanos: 1e6}, 20],
    ['the request', {perRequestNanos: 7}, 7],
  ])('is for the most it may cost: %s', (_what, rates, nanos) => {
    expect(reservationOf(demand, price(rates))).toBe(nanos);
  });

  it('is for the audio too, and nothing without a price', () => {
    expect(reservationOf({...demand, audioMsMax: 3_600_000}, price({audioPerHourNanos: 9}))).toBe(9);
    expect(reservationOf(demand, null)).toBe(0);
  });
});
