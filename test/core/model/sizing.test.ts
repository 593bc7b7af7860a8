import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {SEED_INSTANCE_TYPES} from '../../../src/core/catalog/seed.ts';
import {explainSizing} from '../../../src/core/model/explain-sizing.ts';
import {kvBytesPerToken, kvCopies} from '../../../src/core/model/kv-cache.ts';
import {SEED_MODELS} from '../../../src/core/model/seed.ts';
import type {SizingOptions} from '../../../src/core/model/sizing.ts';
import {sizeModel} from '../../../src/core/model/sizing.ts';
import {typesThatFit} from '../../../src/core/model/types-that-fit.ts';
import {modelNamed, typeNamed} from './seeded.ts';

const scaleway = SEED_INSTANCE_TYPES.filter(type => type.provider === 'scaleway');

describe('KV bytes per token', () => {
  it.each([
    ['qwen2.5-0.5b-instruct', 12],
    ['llama-3.1-8b-instruct', 128],
    ['qwen3-8b', 144],
    ['qwen3-32b', 256],
    ['qwen3.5-9b', 32],
    ['qwen3.6-35b-a3b-fp8', 20],
    ['ministral-3-8b-instruct-2512', 136],
    ['gpt-oss-20b', 24],
    ['gpt-oss-120b', 36],
    ['gemma-3-27b-it', 84],
    ['llama-3.3-70b-instruct', 320],
    ['llama-4-scout-17b-16e-instruct', 192],
    ['bge-m3', 0],
  ])('of %s are %d KiB, half of that in fp8', (id, kib) => {
    expect(kvBytesPerToken(modelNamed(id), 'auto')).toBe(kib * 1024);
    expect(kvBytesPerToken(modelNamed(id), 'fp8')).toBe(kib * 512);
  });

  it('count the latent of MLA models, and its copy on every GPU', () => {
    const model = modelNamed('deepseek-v3.2');
    expect(kvBytesPerToken(model, 'auto')).toBe(61 * 576 * 2);
    expect(kvCopies(model, 4)).toBe(4);
  });

  it('are stored more than once when there are more GPUs than KV heads', () => {
    expect(kvCopies(modelNamed('qwen2.5-0.5b-instruct'), 2)).toBe(1);
    expect(kvCopies(modelNamed('qwen3.6-35b-a3b-fp8'), 8)).toBe(4);
  });
});

describe('sizeModel', () => {
  it('shows the arithmetic of an 8B model on one L4', () => {
    const sizing = sizeModel(modelNamed('llama-3.1-8b-instruct'), typeNamed('L4-1-24G'));
    expect(sizing).toMatchObject({
      fits: true,
      mode: 'mono',
      replicas: 1,
      tensorParallelSize: 1,
      maxModelLen: 16_384,
      effectiveVramGib: 22,
      overheadGib: 1.5,
      kvBytesPerToken: 131_072,
      kvTokens: 27_377,
      maxModelLenThatFits: 27_376,
    });
    expect(sizing.usableVramGib).toBeCloseTo(19.8);
    expect(sizing.weightsGib).toBeCloseTo(14.958, 3);
    expect(sizing.kvBudgetGib).toBeCloseTo(3.342, 3);
    expect(sizing.fullContextRequests).toBeCloseTo(1.671, 3);
  });

  it.each<[string, string, SizingOptions, string, number]>([
    ['llama-3.1-8b-instruct', 'L4-1-24G', {maxModelLen: 65_536}, 'KV_TOO_SMALL', 27_376],
    ['qwen3-8b', 'L4-1-24G', {maxModelLen: 50_000}, 'CONTEXT_TOO_LONG', 22_160],
    ['qwen3-32b', 'L40S-1-48G', {}, 'WEIGHTS_TOO_BIG', 0],
    ['deepseek-v3.2', 'H100-SXM-8-80G', {}, 'WEIGHTS_TOO_BIG', 0],
    ['qwen2.5-0.5b-instruct', 'L4-4-24G', {}, 'TP_INVALID', 0],
    ['qwen2.5-7b-instruct', 'L40S-8-48G', {}, 'TP_INVALID', 0],
    ['qwen2.5-0.5b-instruct', 'RENDER-S', {}, 'GPU_ARCH', 0],
    ['qwen3-32b', 'L40S-8-48G', {mode: 'multi'}, 'WEIGHTS_TOO_BIG', 0],
    ['qwen3-8b', 'L4-1-24G', {concurrency: 40, meanContextTokens: 2_000}, 'LOAD_TOO_HIGH', 22_160],
    ['qwen3-8b', 'L4-1-24G', {gpuMemoryUtilization: 1.5}, 'BAD_OPTION', 0],
    ['qwen3-8b', 'L4-1-24G', {maxModelLen: 0}, 'BAD_OPTION', 0],
    ['qwen3-8b', 'L4-1-24G', {concurrency: Number.NaN}, 'BAD_OPTION', 0],
  ])('refuses %s on %s with %j: %s', (id, typeName, options, code, longest) => {
    const sizing = sizeModel(modelNamed(id), typeNamed(typeName), options);
    expect(sizing.fits).toBe(false);
    expect(sizing.refusal?.code).toBe(code);
    expect(sizing.maxModelLenThatFits).toBe(longest);
  });

  it('refuses a machine without a GPU', () => {
    const cpu = {...typeNamed('L4-1-24G'), gpuCount: 0, effectiveVramGibPerGpu: 0, computeCapability: 0};
    for (const model of SEED_MODELS) expect(sizeModel(model, cpu).refusal?.code).toBe('NO_GPU');
  });

  it('refuses what the model row asks beyond the arithmetic', () => {
    const model = modelNamed('qwen2.5-0.5b-instruct');
    const l4 = typeNamed('L4-1-24G');
    expect(sizeModel({...model, minVramGib: 40}, l4).refusal?.code).toBe('VRAM_TOO_SMALL');
    expect(sizeModel({...model, minComputeCapability: 9}, l4).refusal?.code).toBe('GPU_ARCH');
    expect(sizeModel(model, {...l4, computeCapability: 8}, {kvCacheDtype: 'fp8'}).refusal?.code).toBe('GPU_ARCH');
  });

  it('runs one replica per GPU in multi mode, and splits the load over them', () => {
    const sizing = sizeModel(modelNamed('qwen2.5-0.5b-instruct'), typeNamed('L4-4-24G'), {
      mode: 'multi',
      concurrency: 10,
      meanContextTokens: 1_000,
    });
    expect(sizing).toMatchObject({fits: true, replicas: 4, tensorParallelSize: 1, loadTokensPerReplica: 3_000});
  });

  it('needs no cache for an encoder', () => {
    const sizing = sizeModel(modelNamed('bge-m3'), typeNamed('L4-1-24G'));
    expect(sizing).toMatchObject({fits: true, kvTokens: null, fullContextRequests: null, maxModelLenThatFits: 8_192});
  });

  const anyModel = fc.constantFrom(...SEED_MODELS);
  const anyType = fc.constantFrom(...scaleway);
  const anyOptions = fc.record(
    {
      maxModelLen: fc.integer({min: 1, max: 300_000}),
      mode: fc.constantFrom('mono' as const, 'multi' as const),
      kvCacheDtype: fc.constantFrom('auto' as const, 'fp8' as const),
      gpuMemoryUtilization: fc.double({min: 0.5, max: 1, noNaN: true}),
      concurrency: fc.integer({min: 1, max: 64}),
      meanContextTokens: fc.integer({min: 1, max: 4_096}),
    },
    {requiredKeys: []},
  );

  it('never turns a fitting model unfit when the GPUs get more memory, or vLLM a larger share', () => {
    fc.assert(
      fc.property(
        anyModel,
        anyType,
        anyOptions,
        fc.double({min: 0, max: 300, noNaN: true}),
        (model, type, options, more) => {
          fc.pre(sizeModel(model, type, options).fits);
          const larger = {...type, effectiveVramGibPerGpu: type.effectiveVramGibPerGpu + more};
          expect(sizeModel(model, larger, options).fits).toBe(true);
          expect(sizeModel(model, type, {...options, gpuMemoryUtilization: 1}).fits).toBe(true);
        },
      ),
      {numRuns: 300},
    );
  });

  it('names a longest context that really fits, while one block more does not', () => {
    fc.assert(
      fc.property(anyModel, anyType, anyOptions, (model, type, {concurrency: _, ...options}) => {
        const longest = sizeModel(model, type, options).maxModelLenThatFits;
        fc.pre(longest > 0);
        expect(sizeModel(model, type, {...options, maxModelLen: longest}).fits).toBe(true);
        expect(sizeModel(model, type, {...options, maxModelLen: longest + 16}).fits).toBe(false);
      }),
      {numRuns: 300},
    );
  });

  it('holds at least one full context whenever it says that the model fits', () => {
    fc.assert(
      fc.property(anyModel, anyType, anyOptions, (model, type, options) => {
        const sizing = sizeModel(model, type, options);
        fc.pre(sizing.fits && sizing.kvTokens !== null);
        expect(sizing.fullContextRequests).toBeGreaterThanOrEqual(1);
        expect(model.architecture.attentionHeads % sizing.tensorParallelSize).toBe(0);
      }),
      {numRuns: 300},
    );
  });
});

describe('explainSizing', () => {
  it('prints every line of the arithmetic', () => {
    const model = modelNamed('llama-3.1-8b-instruct');
    expect(explainSizing(model, sizeModel(model, typeNamed('L4-1-24G')))).toEqual([
      'Llama 3.1 8B Instruct (bf16) on L4-1-24G, one GPU',
      'usable VRAM     19.8 GiB = 1 GPU x 22.0 GiB effective x 0.9',
      'weights         15.0 GiB = 16.1 GB of files',
      'overhead        1.5 GiB for CUDA, activations and graphs',
      'left for KV     3.3 GiB = usable - weights - overhead',
      'KV per token    128 KiB = 2 x 32 attention layers x 8 KV heads x 128 head dim x 2 bytes',
      'KV tokens       27 377 per replica',
      'context         16 384 tokens asked, 27 376 at most here, 1.7 full-context requests at once',
      'verdict         fits',
    ]);
  });

  it('says why it does not fit, what would, and that numbers are estimates', () => {
    const model = modelNamed('qwen3.5-9b');
    const lines = explainSizing(model, sizeModel(model, typeNamed('L4-1-24G')));
    expect(lines.at(-2)).toMatch(/^verdict {9}does not fit: the KV cache holds \d+ tokens, .*\(--max-model-len \d+\)$/);
    expect(lines.at(-1)).toContain('estimates');
  });
});

describe('typesThatFit', () => {
  it.each([
    ['qwen2.5-0.5b-instruct', 'L4-1-24G'],
    ['llama-3.1-8b-instruct', 'L4-1-24G'],
    ['qwen3-8b', 'L4-1-24G'],
    ['qwen3.5-9b', 'L40S-1-48G'],
    ['ministral-3-8b-instruct-2512', 'L4-1-24G'],
    ['gemma-4-12b-it', 'L40S-1-48G'],
    ['devstral-small-2-24b-instruct-2512', 'L40S-1-48G'],
    ['qwen3.6-27b-fp8', 'L40S-1-48G'],
    ['gemma-3-27b-it', 'H100-1-80G'],
    ['qwen3-32b-fp8', 'H100-1-80G'],
    ['qwen3-32b', 'H100-1-80G'],
    ['gpt-oss-120b', 'H100-1-80G'],
    ['llama-3.3-70b-instruct', 'L40S-8-48G'],
    ['llama-4-scout-17b-16e-instruct', 'L40S-8-48G'],
    ['deepseek-v4-flash', 'H100-SXM-4-80G'],
    ['deepseek-v3.2', 'B300-SXM-4-288G'],
  ])('finds for %s as cheapest %s', (id, typeName) => {
    const result = typesThatFit(modelNamed(id), scaleway);
    expect(result.fitting[0]?.type.name).toBe(typeName);
    expect(result.fitting.length + result.refused.length).toBe(scaleway.length);
  });

  it('gives every model of the seed at least one Scaleway type, cheapest first, and a reason for each refusal', () => {
    for (const model of SEED_MODELS) {
      const {fitting, refused} = typesThatFit(model, scaleway);
      expect(fitting.length, model.id).toBeGreaterThan(0);
      const prices = fitting.map(({type}) => type.pricePerHourNanos);
      expect(prices).toEqual(prices.toSorted((a, b) => a - b));
      for (const {sizing} of refused) expect(sizing.refusal.text).not.toBe('');
    }
  });

  it('falls back to one replica per GPU where the heads cannot be split, unless mono was asked', () => {
    const model = modelNamed('qwen2.5-0.5b-instruct');
    const l4x4 = typeNamed('L4-4-24G');
    expect(typesThatFit(model, [l4x4]).fitting[0]?.sizing.mode).toBe('multi');
    expect(typesThatFit(model, [l4x4], {mode: 'mono'}).refused[0]?.sizing.refusal.code).toBe('TP_INVALID');
  });
});
