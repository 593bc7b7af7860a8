import {describe, expect, it} from 'vitest';
import type {ImageRequest} from '../../../src/core/model/image.ts';
import {chooseImage, VLLM_VERSION_PINNED} from '../../../src/core/model/image.ts';

import {SEED_MODELS} from '../../../src/core/model/seed.ts';
import {compareVersions, parseVersion} from '../../../src/core/model/version.ts';
import {modelNamed} from './seeded.ts';

const model = modelNamed('qwen2.5-0.5b-instruct');
const l4: ImageRequest = {gpuCount: 1, computeCapability: 8.9};
const b300: ImageRequest = {gpuCount: 2, computeCapability: 10.3};
const compatibility = {VLLM_ENABLE_CUDA_COMPATIBILITY: '1'};

describe('chooseImage', () => {
  it.each<[string, ImageRequest, string, string, Record<string, string>]>([
    ['an unknown driver', l4, ':v0.27.1', '13', {}],
    ['R580', {...l4, driverVersion: '580.95.05'}, ':v0.27.1', '13', {}],
    ['R590', {...l4, driverVersion: '590.10'}, ':v0.27.1', '13', {}],
    ['R575', {...l4, driverVersion: '575.57.08'}, ':v0.27.1-cu129', '12.9', {}],
    ['R570', {...l4, driverVersion: '570.124.06'}, ':v0.27.1', '13', compatibility],
    ['R535', {...l4, driverVersion: '535.129.03'}, ':v0.27.1', '13', compatibility],
    ['B300 on R580', {...b300, driverVersion: '580'}, ':v0.27.1', '13', {}],
    ['vLLM 0.19 on R580', {...l4, driverVersion: '580', vllmVersion: 'v0.19.1'}, ':v0.19.1', '12.9', {}],
    ['vLLM 0.19 on R575', {...l4, driverVersion: '575', vllmVersion: '0.19.1'}, ':v0.19.1', '12.9', {}],
    ['vLLM 0.19 on B300', {...b300, vllmVersion: '0.19.1'}, ':v0.19.1-cu130', '13', {}],
    ['a newer vLLM', {...l4, vllmVersion: '0.30.0'}, ':v0.30.0', '13', {}],
  ])('for %s picks the matching tag, CUDA and environment', (_, request, tag, cuda, env) => {
    expect(chooseImage(model, request)).toMatchObject({
      ok: true,
      reference: `vllm/vllm-openai${tag}`,
      cuda,
      env,
      reason: expect.stringMatching(/vLLM .*; CUDA/),
    });
  });

  it('uses the CPU image where there is no GPU', () => {
    expect(chooseImage(model, {gpuCount: 0, computeCapability: 0})).toMatchObject({
      reference: 'vllm/vllm-openai-cpu:v0.27.1',
      cuda: 'none',
    });
  });

  it('goes beyond the pinned version for a model that needs it, and says so', () => {
    const choice = chooseImage({...model, vllmMinVersion: '0.31.0'}, l4);
    expect(choice).toMatchObject({
      reference: 'vllm/vllm-openai:v0.31.0',
      reason: expect.stringContaining('needs vLLM 0.31.0'),
    });
  });

  it.each<[string, ImageRequest, string]>([
    ['Pascal', {gpuCount: 1, computeCapability: 6}, 'GPU_ARCH'],
    ['B300 on R575', {...b300, driverVersion: '575.1'}, 'DRIVER_OLD'],
    ['R470', {...l4, driverVersion: '470.256'}, 'DRIVER_OLD'],
    ['a driver that is no version', {...l4, driverVersion: 'N/A'}, 'BAD_OPTION'],
    ['a vLLM older than the model needs', {...l4, vllmVersion: '0.6.0'}, 'VLLM_TOO_OLD'],
    ['a vLLM that is no version', {...l4, vllmVersion: 'nightly'}, 'BAD_OPTION'],
    ['latest', {...l4, image: 'vllm/vllm-openai:latest'}, 'BAD_OPTION'],
    ['no tag', {...l4, image: 'vllm/vllm-openai'}, 'BAD_OPTION'],
    ['a port but no tag', {...l4, image: 'localhost:5000/vllm'}, 'BAD_OPTION'],
    ['a shell trick', {...l4, image: 'x:1; rm -rf /'}, 'BAD_OPTION'],
    ['an option for docker', {...l4, image: '--privileged:v1'}, 'BAD_OPTION'],
  ])('refuses %s', (_, request, code) => {
    expect(chooseImage(model, request)).toMatchObject({ok: false, code, hint: expect.stringMatching(/./)});
  });

  it.each([
    ['registry.example.com:5000/team/vllm:v0.28.0-custom', '0.28.0'],
    [`vllm/vllm-openai@sha256:${'a'.repeat(64)}`, undefined],
    ['vllm/vllm-openai:nightly-abc', undefined],
  ])('takes %s as it is', (image, vllmVersion) => {
    expect(chooseImage(model, {...l4, driverVersion: '470', image})).toMatchObject({
      ok: true,
      reference: image,
      vllmVersion,
    });
  });

  it('finds an image for every model of the seed with the pinned version', () => {
    for (const seeded of SEED_MODELS)
      expect(chooseImage(seeded, l4), seeded.id).toMatchObject({vllmVersion: VLLM_VERSION_PINNED});
  });
});

describe('versions', () => {
  it.each([
    ['0.27.1', [0, 27, 1]],
    ['v0.20', [0, 20, 0]],
    ['580.95.05', [580, 95, 5]],
    ['0.28.0rc1', [0, 28, 0]],
    ['', undefined],
    ['latest', undefined],
    ['1.2.3.4', undefined],
    ['9'.repeat(400), undefined],
  ])('reads %s', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  it('orders by number, not by text', () => {
    expect(compareVersions('0.9.0', '0.27.1')).toBeLessThan(0);
    expect(compareVersions('0.27.1', '0.27.1')).toBe(0);
    expect(compareVersions('1.0', '0.99.99')).toBeGreaterThan(0);
  });
});
