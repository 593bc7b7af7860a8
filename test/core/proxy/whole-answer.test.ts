import {describe, expect, it} from 'vitest';
import {readWholeAnswer} from '../../../src/core/proxy/whole-answer.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

describe('readWholeAnswer', () => {
  it('counts what the engine reports, cached tokens apart, and leaves the bytes alone', () => {
    const text =
      '{"model":"m","usage":{"prompt_tokens":20,"prompt_tokens_details":{"cached_tokens":16},"completion_tokens":3}}';
    const answer = read(text);
    expect(answer.text).toBe(text);
    expect(answer.counts).toEqual({
      promptTokens: 20,
      cachedPromptTokens: 16,
      completionTokens: 3,
      reasoningTokens: 0,
      estimated: false,
    });
  });

  it('gives the model the name that the client used', () => {
    expect(read('{"model":"m","x":1e400}', 'alias').text).toBe('{"model":"alias","x":1e400}');
  });

  it.each([
    '{}',
    '{"usage":null}',
    '{"usage":{}}',
    '{"usage":{"prompt_tokens":-1}}',
    '{"usage":{"prompt_tokens":1.5}}',
    '{"usage":{"prompt_tokens":12345678901234567890}}',
    '{"usage":"many"}',
  ])('guesses the prompt, and says so, for %s', text => {
    expect(read(text).counts).toEqual({
      promptTokens: 25,
      cachedPromptTokens: 0,
      completionTokens: 0,
      reasoningTokens: 0,
      estimated: true,
    });
  });

  it.each(['', '<html>', '[]', '{"cut":'])('is null for %j', text => {
    expect(readWholeAnswer(encoder.encode(text), {modelName: null, bodyBytes: 100, bills: 'tokens'})).toBeNull();
  });
});

function read(text: string, modelName: string | null = null) {
  const answer = readWholeAnswer(encoder.encode(text), {modelName, bodyBytes: 100, bills: 'tokens'});
  if (answer === null) throw new Error('expected an answer');
  return {text: decoder.decode(answer.body), counts: answer.counts};
}
