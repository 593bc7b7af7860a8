import {describe, expect, it} from 'vitest';
import {diskGbFor} from '../../../src/core/model/disk.ts';
import {modelNamed, typeNamed} from './seeded.ts';

const l4 = typeNamed('L4-1-24G');
const small = modelNamed('qwen2.5-0.5b-instruct');

describe('diskGbFor', () => {
  it.each([
    ['qwen2.5-0.5b-instruct', 'L4-1-24G', 200, 'provider'],
    ['qwen3-8b', 'MOCK-L4-1-24G', 200, 'provider'],
    ['llama-3.3-70b-instruct', 'H100-SXM-4-80G', 216, 'computed'],
    ['deepseek-v3.2', 'B300-SXM-4-288G', 819, 'computed'],
  ])('orders for %s on %s %d GB (%s)', (id, typeName, diskGb, source) => {
    expect(diskGbFor(modelNamed(id), typeNamed(typeName))).toMatchObject({ok: true, disk: {diskGb, source}});
  });

  it('computes 60 + 1.1 x weights where the provider has no floor', () => {
    const elsewhere = {...l4, provider: 'elsewhere'};
    expect(diskGbFor(modelNamed('qwen3-8b'), elsewhere)).toMatchObject({disk: {diskGb: 79, source: 'computed'}});
    const cpu = {...l4, gpuCount: 0};
    expect(diskGbFor(modelNamed('qwen3-8b'), cpu)).toMatchObject({disk: {diskGb: 79, source: 'computed'}});
  });

  it("takes the model's own size, but never less than the provider's floor", () => {
    expect(diskGbFor({...small, dataVolumeGb: 400}, l4)).toMatchObject({disk: {diskGb: 400, source: 'model'}});
    expect(diskGbFor({...small, dataVolumeGb: 100}, l4)).toMatchObject({disk: {diskGb: 150, source: 'provider'}});
    const big = {...modelNamed('deepseek-v3.2'), dataVolumeGb: 800};
    expect(diskGbFor(big, l4)).toMatchObject({disk: {diskGb: 800, warning: expect.stringContaining('819')}});
  });

  it('lets the user go below the floor, with a warning when it is tight', () => {
    expect(diskGbFor(small, l4, 100)).toEqual({
      ok: true,
      disk: {diskGb: 100, source: 'asked', neededGb: 62, reason: 'asked for'},
    });
    expect(diskGbFor(small, l4, 50)).toMatchObject({disk: {diskGb: 50, warning: expect.stringContaining('62 GB')}});
  });

  it.each([0, -5, 45, 1.5, Number.NaN, 10_001])('refuses a disk of %d GB with one that works', askedGb => {
    const result = diskGbFor(small, l4, askedGb);
    expect(result.ok).toBe(false);
    const hinted = Number(/^--disk (\d+)$/.exec(result.ok ? '' : result.hint)?.[1]);
    expect(diskGbFor(small, l4, hinted)).toMatchObject({ok: true});
  });
});
