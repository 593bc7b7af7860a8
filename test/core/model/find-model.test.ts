import {describe, expect, it} from 'vitest';
import {findModel} from '../../../src/core/model/find-model.ts';
import {SEED_MODELS} from '../../../src/core/model/seed.ts';
import {modelNamed} from './seeded.ts';

describe('findModel', () => {
  it.each(['Qwen/Qwen3-8B', 'qwen/qwen3-8b', 'qwen3-8b', ' Qwen3-8B '])('finds the model meant by %j', name => {
    expect(findModel(SEED_MODELS, name)).toEqual({ok: true, model: modelNamed('qwen3-8b')});
  });

  it('offers near names in the form that was typed, and the way to add it', () => {
    expect(findModel(SEED_MODELS, 'Qwen/Qwen3-8')).toMatchObject({
      ok: false,
      code: 'MODEL_UNKNOWN',
      near: expect.arrayContaining(['Qwen/Qwen3-8B']),
      hint: expect.stringMatching(/did you mean .*Qwen\/Qwen3-8B.*inventiv models add Qwen\/Qwen3-8$/),
    });
    expect(findModel(SEED_MODELS, 'qwen3-8')).toMatchObject({near: expect.arrayContaining(['qwen3-8b'])});
  });

  it('does not offer disabled models, and says how to enable one', () => {
    const models = SEED_MODELS.map(model => (model.id === 'qwen3-8b' ? {...model, active: false} : model));
    expect(findModel(models, 'qwen3-8b')).toMatchObject({
      code: 'MODEL_INACTIVE',
      hint: 'inventiv models enable qwen3-8b',
    });
    expect(findModel(models, 'qwen3-8bb')).toMatchObject({near: expect.not.arrayContaining(['qwen3-8b'])});
  });

  it('asks for a model when there is none', () => {
    expect(findModel(SEED_MODELS, '  ')).toMatchObject({code: 'MODEL_MISSING'});
    expect(findModel([], 'x/y')).toMatchObject({code: 'MODEL_UNKNOWN', near: []});
  });

  it('answers a megabyte in a short sentence', () => {
    const found = findModel(SEED_MODELS, 'q'.repeat(1_000_000));
    expect(found.ok ? '' : found.message + found.hint).toMatch(/^.{20,300}$/);
  });
});
