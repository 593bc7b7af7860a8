import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {InventivError} from '../../../src/core/errors.ts';
import {engineArgs} from '../../../src/core/model/engine-args.ts';
import {refuseExtraArgs} from '../../../src/core/model/reserved-args.ts';
import {SEED_MODELS} from '../../../src/core/model/seed.ts';
import {modelNamed, typeNamed} from './seeded.ts';

describe('engineArgs', () => {
  it('serves a small model on one GPU', () => {
    expect(engineArgs(modelNamed('qwen2.5-0.5b-instruct'), typeNamed('L4-1-24G'))).toEqual([
      'Qwen/Qwen2.5-0.5B-Instruct',
      ...['--served-model-name', 'Qwen/Qwen2.5-0.5B-Instruct'],
      ...['--tensor-parallel-size', '1', '--max-model-len', '16384', '--gpu-memory-utilization', '0.90'],
      ...['--max-num-seqs', '256', '--max-num-queued-reqs', '1024'],
      ...['--enable-prompt-tokens-details', '--enable-request-id-headers'],
      ...['--enable-auto-tool-choice', '--tool-call-parser', 'hermes'],
    ]);
  });

  it('splits over all GPUs in mono mode and over none in multi mode', () => {
    const model = modelNamed('qwen3-8b');
    expect(flagValue(engineArgs(model, typeNamed('L4-4-24G')), '--tensor-parallel-size')).toBe('4');
    const multi = engineArgs(model, typeNamed('L4-4-24G'), {mode: 'multi'});
    expect(flagValue(multi, '--tensor-parallel-size')).toBe('1');
  });

  it('passes every option that was asked', () => {
    const args = engineArgs({...modelNamed('qwen3-8b'), revision: 'abc123'}, typeNamed('L40S-1-48G'), {
      servedModelName: 'chat',
      maxModelLen: 8_192,
      gpuMemoryUtilization: 0.925,
      kvCacheDtype: 'fp8',
      maxNumSeqs: 12,
      maxNumQueuedRequests: 7,
      trustRemoteCode: true,
      extraArgs: ['--enforce-eager'],
    });
    const wanted = {
      '--served-model-name': 'chat',
      '--revision': 'abc123',
      '--max-model-len': '8192',
      '--gpu-memory-utilization': '0.925',
      '--kv-cache-dtype': 'fp8',
      '--max-num-seqs': '12',
      '--max-num-queued-reqs': '7',
      '--reasoning-parser': 'qwen3',
    };
    for (const [flag, value] of Object.entries(wanted)) expect(flagValue(args, flag), flag).toBe(value);
    expect(args).toContain('--trust-remote-code');
    expect(args.at(-1)).toBe('--enforce-eager');
  });

  it('runs embedding models with the pooling runner and no tool parser', () => {
    const args = engineArgs(modelNamed('bge-m3'), typeNamed('L4-1-24G'));
    expect(flagValue(args, '--runner')).toBe('pooling');
    expect(args).not.toContain('--enable-auto-tool-choice');
  });

  it('runs code of a repository only at a pinned revision', () => {
    const model = modelNamed('qwen3-8b');
    expect(() => engineArgs(model, typeNamed('L4-1-24G'), {trustRemoteCode: true})).toThrow(InventivError);
  });

  it.each([
    ['--api-key', 'secret'],
    ['--api-key=secret'],
    ['--API_KEY=secret'],
    ['--api', 'secret'],
    ['--hf-token', 'x'],
    ['--port', '1'],
    ['--max_model_len=1'],
    ['-tp', '2'],
    ['--trust-remote-code'],
    ['--config', 'f.yaml'],
    ['a\nb'],
    ['x'.repeat(3_000)],
    Array.from({length: 100}, () => 'x'),
  ])('refuses extra arguments that inventiv owns, case %#', (...extraArgs) => {
    const call = () => engineArgs(modelNamed('qwen3-8b'), typeNamed('L4-1-24G'), {extraArgs});
    expect(call).toThrow(InventivError);
    expect(call).not.toThrow(/secret|x{100}/);
  });

  it.each([
    ['--enforce-eager'],
    ['--max-num-batched-tokens', '2048'],
    ['--hf-overrides', '{"a":-1}'],
    ['--seed', '-1'],
    ['--config-format', 'mistral'],
    ['--model-impl=transformers'],
  ])('accepts %s', (...extraArgs) => {
    expect(refuseExtraArgs(extraArgs)).toBeUndefined();
  });

  it('never carries a key and never names a flag twice, for any seeded model on any machine', () => {
    const types = ['L4-1-24G', 'L4-4-24G', 'L40S-2-48G', 'H100-SXM-8-80G', 'B300-SXM-4-288G'].map(typeNamed);
    fc.assert(
      fc.property(
        fc.constantFrom(...SEED_MODELS),
        fc.constantFrom(...types),
        fc.constantFrom('mono' as const, 'multi' as const),
        (model, type, mode) => {
          const flags = engineArgs(model, type, {mode}).filter(arg => arg.startsWith('--'));
          expect(flags.filter(flag => flag.startsWith('--api'))).toEqual([]);
          expect(new Set(flags).size).toBe(flags.length);
        },
      ),
    );
  });
});

function flagValue(args: readonly string[], flag: string): string | undefined {
  const index = args.indexOf(flag);
  return index < 0 ? undefined : args[index + 1];
}
