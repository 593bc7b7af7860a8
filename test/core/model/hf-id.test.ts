import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {modelIdFromHfId, validateHfId} from '../../../src/core/model/hf-id.ts';

describe('validateHfId', () => {
  it.each([
    ['Qwen/Qwen2.5-0.5B-Instruct', 'Qwen', 'Qwen2.5-0.5B-Instruct'],
    ['BAAI/bge-m3', 'BAAI', 'bge-m3'],
    ['a/b', 'a', 'b'],
    ['01-ai/Yi_34B', '01-ai', 'Yi_34B'],
  ])('accepts %s', (hfId, owner, name) => {
    expect(validateHfId(hfId)).toEqual({ok: true, hfId, owner, name});
  });

  it.each([
    '',
    ' ',
    'gpt2',
    '/x',
    'x/',
    'a/b/c',
    'a b/c',
    '../etc',
    'a/..',
    'a/b..c',
    'a/b--c',
    '-a/b',
    'a/-b',
    'a/.b',
    'a/b.git',
    'a/b\n',
    'a/b;rm',
    'https://huggingface.co/a/b',
    'é/b',
    'a/\u0000',
  ])('refuses %j, saying what is expected and what to do', text => {
    const check = validateHfId(text);
    expect(check).toMatchObject({
      ok: false,
      message: expect.stringMatching(/owner\/name/),
      hint: expect.stringMatching(/huggingface/),
    });
  });

  it('refuses a megabyte quickly and without repeating it', () => {
    const check = validateHfId(`a/${'b'.repeat(1_000_000)}`);
    expect(check.ok).toBe(false);
    expect(check.ok ? '' : check.message).toBe('a model id has at most 256 characters, got 1000002');
  });

  it('never lets control characters into its message', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary', maxLength: 300}), text => {
        const check = validateHfId(text);
        const message = check.ok ? check.hfId : check.message;
        expect([...message].every(char => (char.codePointAt(0) ?? 0) >= 32)).toBe(true);
      }),
    );
  });
});

describe('modelIdFromHfId', () => {
  it('is the lower-case name of the repository', () => {
    expect(modelIdFromHfId('Qwen/Qwen2.5-0.5B-Instruct')).toBe('qwen2.5-0.5b-instruct');
  });
});
