import {describe, expect, it} from 'vitest';
import type {ModelSpecInput} from '../../../src/core/model/model-schema.ts';
import {modelSpecSchema} from '../../../src/core/model/model-schema.ts';
import {SEED_MODELS} from '../../../src/core/model/seed.ts';

const minimal: ModelSpecInput = {
  hfId: 'acme/Chat-8B',
  weightsBytes: 16_000_000_000,
  architecture: {layers: 32, attentionLayers: 32, attentionHeads: 32, kvHeads: 8, headDim: 128},
  contextMaxTokens: 8_192,
};

describe('modelSpecSchema', () => {
  it('fills in what a user leaves out', () => {
    expect(modelSpecSchema.parse(minimal)).toEqual({
      ...minimal,
      id: 'chat-8b',
      displayName: 'Chat-8B',
      active: true,
      gated: false,
      task: 'generate',
      precision: 'bf16',
      defaultMaxModelLen: 8_192,
      vllmMinVersion: '0.8.5',
      extraArgs: [],
    });
  });

  it('leaves every seeded model unchanged', () => {
    for (const model of SEED_MODELS) expect(modelSpecSchema.parse(model)).toEqual(model);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a bad repository', {hfId: 'nope'}, /owner\/name/],
    ['a misspelled key', {weigthsBytes: 1}, /weigthsBytes/],
    ['no weights', {weightsBytes: undefined}, /weightsBytes/],
    ['negative weights', {weightsBytes: -1}, /weightsBytes/],
    ['a fractional layer', {architecture: {...minimal.architecture, layers: 1.5}}, /layers/],
    [
      'more attention layers than layers',
      {architecture: {...minimal.architecture, attentionLayers: 33}},
      /at most the 32/,
    ],
    ['a default beyond the context', {defaultMaxModelLen: 8_193}, /at most contextMaxTokens/],
    ['an unknown precision', {precision: 'fp7'}, /precision/],
    ['a version that is none', {vllmMinVersion: 'latest'}, /version such as/],
    ['a key in the arguments', {extraArgs: ['--api-key', 'k']}, /--api-key is set by inventiv/],
    ['an id with capitals', {id: 'Chat'}, /lower-case/],
    ['a revision that looks like a flag', {revision: '--x'}, /commit, tag or branch/],
    ['a parser that is no name', {toolCallParser: 'hermes; rm'}, /parser name/],
  ])('refuses %s', (_, change, message) => {
    const result = modelSpecSchema.safeParse({...minimal, ...change});
    expect(result.success).toBe(false);
    const issues = result.success ? [] : result.error.issues;
    expect(issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('\n')).toMatch(message);
  });
});
