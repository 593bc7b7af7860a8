import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {SEED_INSTANCE_TYPES, SEED_ZONES} from '../../src/core/catalog/seed.ts';
import {SEED_MODELS} from '../../src/core/model/seed.ts';
import {didYouMean, editDistance, nearNames} from '../../src/core/near-names.ts';

const hfIds = SEED_MODELS.map(model => model.hfId);
const ids = SEED_MODELS.map(model => model.id);
const typeNames = SEED_INSTANCE_TYPES.filter(type => type.provider === 'scaleway').map(type => type.name);
const zones = SEED_ZONES.map(zone => zone.name);
const verbs = [
  'up',
  'down',
  'ps',
  'show',
  'logs',
  'ssh',
  'wait',
  'top',
  'chat',
  'plan',
  'serve',
  'doctor',
  'instances',
];
const configKeys = ['server.port', 'server.host', 'proxy.requestTimeoutMs', 'store.path', 'provider.scaleway.zone'];

describe('nearNames', () => {
  it.each([
    ['Qwen/Qwen2.5-0.5B-Instuct', hfIds, 'Qwen/Qwen2.5-0.5B-Instruct'],
    ['qwen2.5 0.5b', hfIds, 'Qwen/Qwen2.5-0.5B-Instruct'],
    ['llama 3.1 8b', hfIds, 'meta-llama/Llama-3.1-8B-Instruct'],
    ['qwen/Qwen3_8B', hfIds, 'Qwen/Qwen3-8B'],
    ['gpt-oss-20', ids, 'gpt-oss-20b'],
    ['bge', ids, 'bge-m3'],
    ['l4-1-24', typeNames, 'L4-1-24G'],
    ['H100-SMX-4-80G', typeNames, 'H100-SXM-4-80G'],
    ['fr-par2', zones, 'fr-par-2'],
    ['par-2', zones, 'fr-par-2'],
    ['srve', verbs, 'serve'],
    ['instance', verbs, 'instances'],
    ['lgos', verbs, 'logs'],
    ['server.prot', configKeys, 'server.port'],
    ['proxy.request_timeout_ms', configKeys, 'proxy.requestTimeoutMs'],
  ])('for %j suggests first the one meant', (input, candidates, expected) => {
    expect(nearNames(input, candidates)[0]).toBe(expected);
  });

  it.each([
    ['', verbs],
    ['   ', verbs],
    ['🦙', hfIds],
    ['zzzzzz', verbs],
    ['mistake-of-another-kind', zones],
  ])('suggests nothing for %j', (input, candidates) => {
    expect(nearNames(input, candidates)).toEqual([]);
    expect(didYouMean(input, candidates)).toBeUndefined();
  });

  it('suggests nothing for a megabyte', () => {
    expect(nearNames('x'.repeat(1_000_000), hfIds)).toEqual([]);
  });

  it('returns at most the asked number, best first, in a stable order', () => {
    const three = nearNames('Qwen/Qwen3', hfIds);
    expect(three).toHaveLength(3);
    expect(nearNames('Qwen/Qwen3', hfIds.toReversed())).toEqual(three);
    expect(nearNames('Qwen/Qwen3', hfIds, {limit: 1})).toEqual(three.slice(0, 1));
  });

  it('puts an exact name first whatever its case', () => {
    fc.assert(
      fc.property(fc.constantFrom(...hfIds), name => {
        expect(nearNames(name.toUpperCase(), hfIds)[0]).toBe(name);
      }),
    );
  });

  it('finds a name after one typing mistake', () => {
    fc.assert(
      fc.property(fc.constantFrom(...hfIds), fc.nat(), fc.constantFrom('drop', 'double', 'swap'), (name, at, kind) => {
        const index = at % (name.length - 1);
        expect(nearNames(mistype(name, index, kind), hfIds, {limit: 3})).toContain(name);
      }),
    );
  });

  it('stays fast with many long candidates', () => {
    const candidates = Array.from({length: 50_000}, (_, index) => `${'ab'.repeat(60)}${index}`);
    const startedAtMs = performance.now();
    nearNames('ba'.repeat(64), candidates);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });

  it('phrases a hint', () => {
    expect(didYouMean('srve', verbs)).toBe('did you mean "serve"?');
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
    ['abcd', '', 4],
    ['', 'ab', 2],
  ])('between %j and %j is %d', (a, b, distance) => {
    expect(editDistance(a, b, 10)).toBe(distance);
  });

  it('stops counting above the maximum, and agrees with the full computation below it', () => {
    const word = fc.string({unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12});
    fc.assert(
      fc.property(word, word, fc.integer({min: 0, max: 12}), (a, b, distanceMax) => {
        const full = editDistance(a, b, 24);
        expect(editDistance(a, b, distanceMax)).toBe(Math.min(full, distanceMax + 1));
        expect(editDistance(b, a, 24)).toBe(full);
      }),
    );
  });
});

function mistype(name: string, index: number, kind: string): string {
  const [before, char, after] = [name.slice(0, index), name.charAt(index), name.slice(index + 1)];
  if (kind === 'drop') return before + after;
  if (kind === 'double') return before + char + char + after;
  return before + after.charAt(0) + char + after.slice(1);
}
