import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type BlockHold, blockHashes, KvCache} from '../../../../../src/adapters/providers/mock/fake-vllm/kv-cache.ts';

const prompt = (length: number, start = 0): number[] => Array.from({length}, (_, index) => start + index);

describe('fake vLLM KV cache', () => {
  it('finds the common prefix of two prompts in whole blocks', () => {
    const cache = new KvCache(100, true);
    const first = blockHashes(prompt(64), '');
    const hold = cache.allocate(first, 0, 4);
    if (hold === null) throw new Error('expected room');
    for (const hash of first) cache.publish(hold, hash);
    const second = blockHashes([...prompt(40), ...prompt(40, 500)], '');
    expect(cache.hitBlocks(second, 80)).toBe(2);
    expect(cache.hitBlocks(blockHashes(prompt(40), 'other tenant'), 40)).toBe(0);
  });

  it('never takes the whole prompt from the cache: one token is always computed', () => {
    const cache = new KvCache(100, true);
    const hashes = blockHashes(prompt(32), '');
    const hold = cache.allocate(hashes, 0, 2);
    if (hold === null) throw new Error('expected room');
    for (const hash of hashes) cache.publish(hold, hash);
    expect(cache.hitBlocks(hashes, 32)).toBe(1);
  });

  it('keeps freed blocks as cache until their room is needed', () => {
    const cache = new KvCache(4, true);
    const hashes = blockHashes(prompt(64), '');
    const hold = cache.allocate(hashes, 0, 4);
    if (hold === null) throw new Error('expected room');
    for (const hash of hashes) cache.publish(hold, hash);
    cache.release(hold);
    expect(cache.usedBlocks).toBe(0);
    expect(cache.hitBlocks(hashes, 65)).toBe(4);
    expect(cache.allocate([], 0, 2)).not.toBeNull();
    expect(cache.hitBlocks(hashes, 65)).toBe(2);
  });

  it('never uses more blocks than it has and none when all is released', () => {
    const operation = fc.record({
      take: fc.boolean(),
      start: fc.integer({min: 0, max: 3}),
      tokens: fc.integer({min: 1, max: 120}),
    });
    fc.assert(
      fc.property(fc.array(operation, {maxLength: 60}), operations => {
        const cache = new KvCache(12, true);
        const holds: BlockHold[] = [];
        for (const {take, start, tokens} of operations) {
          if (take) {
            const hashes = blockHashes(prompt(tokens, start * 1000), '');
            const hits = cache.hitBlocks(hashes, tokens);
            const hold = cache.allocate(hashes, hits, Math.ceil(tokens / 16));
            if (hold !== null) {
              for (const hash of hashes.slice(hits)) cache.publish(hold, hash);
              holds.push(hold);
            }
          } else {
            const hold = holds.shift();
            if (hold) cache.release(hold);
          }
          const distinct = new Set(holds.flatMap(({shared}) => shared)).size;
          const privates = holds.reduce((sum, {privateBlocks}) => sum + privateBlocks, 0);
          expect(cache.usedBlocks).toBe(distinct + privates);
          expect(cache.usedBlocks).toBeLessThanOrEqual(12);
        }
        for (const hold of holds) cache.release(hold);
        expect(cache.usedBlocks).toBe(0);
      }),
    );
  });
});
