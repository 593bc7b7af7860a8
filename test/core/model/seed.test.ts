import {describe, expect, it} from 'vitest';
import {SEED_MODELS} from '../../../src/core/model/seed.ts';

describe('the seeded models', () => {
  it('are many, with unique ids and repositories', () => {
    expect(SEED_MODELS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(SEED_MODELS.map(model => model.id)).size).toBe(SEED_MODELS.length);
    expect(new Set(SEED_MODELS.map(model => model.hfId.toLowerCase())).size).toBe(SEED_MODELS.length);
  });

  it('are active, licensed, and start within their context', () => {
    for (const model of SEED_MODELS) {
      expect(model.active, model.id).toBe(true);
      expect(model.license, model.id).toBeTruthy();
      expect(model.defaultMaxModelLen, model.id).toBeLessThanOrEqual(model.contextMaxTokens);
    }
  });

  it('have heads that share evenly into KV heads', () => {
    for (const {id, architecture} of SEED_MODELS)
      expect(architecture.attentionHeads % architecture.kvHeads, id).toBe(0);
  });

  it('hold the models that need no big machine and no licence click', () => {
    const small = SEED_MODELS.filter(model => model.weightsBytes < 4e9 && !model.gated);
    expect(small.map(model => model.hfId)).toEqual(
      expect.arrayContaining(['Qwen/Qwen2.5-0.5B-Instruct', 'BAAI/bge-m3']),
    );
  });
});
