import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {BilledCounts, PriceRates, TokenPrice} from '../../../src/core/finops/token-price.ts';
import {amountOf, freeRates, priceAt, rateMaxNanos} from '../../../src/core/finops/token-price.ts';

const none: BilledCounts = {
  promptTokens: 0,
  cachedPromptTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
  audioMs: 0,
  requests: 0,
};
const euro = 1_000_000_000;

describe('amountOf', () => {
  it.each<[name: string, counts: Partial<BilledCounts>, rates: Partial<PriceRates>, nanos: number]>([
    ['nothing', {}, {inputPerMillionNanos: euro}, 0],
    ['a million in', {promptTokens: 1_000_000}, {inputPerMillionNanos: euro}, euro],
    ['one token', {promptTokens: 1}, {inputPerMillionNanos: euro}, 1000],
    ['input and output', {promptTokens: 10, completionTokens: 5}, rates(0.4, 1.6), 12_000],
    ['cached as input', {promptTokens: 10, cachedPromptTokens: 4}, rates(0.4, 0), 4000],
    [
      'cached apart',
      {promptTokens: 10, cachedPromptTokens: 4},
      {...rates(0.4, 0), cachedInputPerMillionNanos: 0.1 * euro},
      2800,
    ],
    ['reasoning as output', {completionTokens: 10, reasoningTokens: 7}, rates(0, 2), 20_000],
    [
      'reasoning apart',
      {completionTokens: 10, reasoningTokens: 7},
      {...rates(0, 2), reasoningPerMillionNanos: euro},
      13_000,
    ],
    [
      'cached for nothing',
      {promptTokens: 9, cachedPromptTokens: 9},
      {...rates(9, 0), cachedInputPerMillionNanos: 0},
      0,
    ],
    ['ten seconds of audio', {audioMs: 10_000}, {audioPerHourNanos: 0.36 * euro}, 1_000_000],
    ['a request', {requests: 1}, {perRequestNanos: 7}, 7],
    ['half up', {promptTokens: 1}, {inputPerMillionNanos: 500_000}, 1],
    ['below half', {promptTokens: 1}, {inputPerMillionNanos: 499_999}, 0],
    ['two halves are one, rounded once', {promptTokens: 1, completionTokens: 1}, halves, 1],
    [
      'a half of audio and a half of input',
      {promptTokens: 1, audioMs: 1},
      {...halves, audioPerHourNanos: 1_800_000},
      1,
    ],
  ])('%s', (_name, counts, given, nanos) => {
    expect(amountOf({...none, ...counts}, {...freeRates, ...given})).toBe(nanos);
  });

  it('is within half a nano-euro of the exact quotient, for any counts and rates', () => {
    fc.assert(
      fc.property(anyCounts, anyRates, (counts, given) => {
        const exact = exactParts(counts, given);
        const off = BigInt(amountOf(counts, given)) * 18_000_000n - exact;
        expect(off > -9_000_000n && off <= 9_000_000n).toBe(true);
      }),
    );
  });

  it('never falls when there is more of anything', () => {
    fc.assert(
      fc.property(anyCounts, anyRates, fc.nat(1000), (counts, given, more) => {
        const before = amountOf(counts, given);
        expect(amountOf({...counts, promptTokens: counts.promptTokens + more}, given)).toBeGreaterThanOrEqual(before);
        const longer = counts.completionTokens + more;
        expect(amountOf({...counts, completionTokens: longer}, given)).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it('stays a safe integer at the highest rates, whatever an engine claims', () => {
    const rate = rateMaxNanos;
    const highest = {...freeRates, inputPerMillionNanos: rate, outputPerMillionNanos: rate, audioPerHourNanos: rate};
    expect(amountOf({...none, promptTokens: Number.MAX_SAFE_INTEGER}, highest)).toBe(Number.MAX_SAFE_INTEGER);
    expect(amountOf({...none, completionTokens: 1e9}, highest)).toBe(1e15);
  });
});

describe('priceAt', () => {
  const version = (number: number, validFromMs: number, isFree = false): TokenPrice => ({
    ...{id: `prc_${number}`, organizationId: 'org', modelHfId: 'm', version: number, validFromMs},
    ...{rates: isFree ? null : freeRates, setBy: 'ada', setAtMs: 0},
  });

  it('is the latest version whose time has come', () => {
    const versions = [version(1, 100), version(2, 500), version(3, 900)];
    const idAt = (atMs: number) => priceAt(versions, atMs)?.id ?? null;
    expect([99, 100, 499, 500, 899, 900].map(idAt)).toEqual([null, 'prc_1', 'prc_1', 'prc_2', 'prc_2', 'prc_3']);
    expect(priceAt(versions.toReversed(), 500)?.id).toBe('prc_2');
  });

  it('forgets a version to come when a later one comes first', () => {
    expect(priceAt([version(1, 0), version(2, 1000), version(3, 500)], 2000)?.id).toBe('prc_3');
  });

  it('is none after the price was taken away', () => {
    const versions = [version(1, 0), version(2, 100, true)];
    expect(priceAt(versions, 99)?.id).toBe('prc_1');
    expect(priceAt(versions, 100)).toBeNull();
    expect(priceAt([], 100)).toBeNull();
  });
});

const halves = {inputPerMillionNanos: 500_000, outputPerMillionNanos: 500_000};

function rates(inputEur: number, outputEur: number): Partial<PriceRates> {
  return {inputPerMillionNanos: inputEur * euro, outputPerMillionNanos: outputEur * euro};
}

const rate = fc.nat(rateMaxNanos);
const anyRates: fc.Arbitrary<PriceRates> = fc.record({
  inputPerMillionNanos: rate,
  cachedInputPerMillionNanos: fc.option(rate),
  outputPerMillionNanos: rate,
  reasoningPerMillionNanos: fc.option(rate),
  audioPerHourNanos: rate,
  perRequestNanos: rate,
});
const anyCounts: fc.Arbitrary<BilledCounts> = fc
  .record({prompt: fc.nat(1e6), cached: fc.nat(1e6), completion: fc.nat(1e6), reasoning: fc.nat(1e6), ms: fc.nat(1e7)})
  .map(({prompt, cached, completion, reasoning, ms}) => ({
    promptTokens: prompt,
    cachedPromptTokens: Math.min(prompt, cached),
    completionTokens: completion,
    reasoningTokens: Math.min(completion, reasoning),
    audioMs: ms,
    requests: 1,
  }));

/** In eighteen-millionths of a nano-euro, by another way than the code under test. */
function exactParts(counts: BilledCounts, given: PriceRates): bigint {
  const cachedRate = given.cachedInputPerMillionNanos ?? given.inputPerMillionNanos;
  const reasoningRate = given.reasoningPerMillionNanos ?? given.outputPerMillionNanos;
  const lines: [count: number, rate: number, partsEach: bigint][] = [
    [counts.promptTokens - counts.cachedPromptTokens, given.inputPerMillionNanos, 18n],
    [counts.cachedPromptTokens, cachedRate, 18n],
    [counts.completionTokens - counts.reasoningTokens, given.outputPerMillionNanos, 18n],
    [counts.reasoningTokens, reasoningRate, 18n],
    [counts.audioMs, given.audioPerHourNanos, 5n],
    [counts.requests, given.perRequestNanos, 18_000_000n],
  ];
  return lines.reduce((sum, [count, each, partsEach]) => sum + BigInt(count) * BigInt(each) * partsEach, 0n);
}
