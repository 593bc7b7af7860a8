import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {SseFramer} from '../../../src/core/proxy/sse-framer.ts';
import type {PatchedEvent, UsageView} from '../../../src/core/proxy/stream-patcher.ts';
import {StreamPatcher} from '../../../src/core/proxy/stream-patcher.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const chunk = (choices: object[], usage?: object) =>
  `data: ${JSON.stringify({id: 'c', model: 'served', choices, ...(usage && {usage})})}\n\n`;
const usage = (prompt: number, completion: number) => ({
  prompt_tokens: prompt,
  total_tokens: prompt + completion,
  completion_tokens: completion,
});
const word = (text: string, index = 0) => ({index, delta: {content: text}, finish_reason: null});

describe('StreamPatcher', () => {
  const stream =
    chunk([word('Par')], usage(14, 1)) +
    chunk([word('is')], usage(14, 2)) +
    chunk([], usage(14, 3)) +
    'data: [DONE]\n\n';

  it('hides all usage from a client that did not ask for it, and counts it', () => {
    const {text, kinds, counts} = run(stream, 'hidden');
    expect(text).toBe(chunk([word('Par')]) + chunk([word('is')]));
    expect(kinds).toEqual(['forward', 'forward', 'drop', 'done']);
    expect(counts).toEqual({
      promptTokens: 14,
      cachedPromptTokens: 0,
      completionTokens: 3,
      reasoningTokens: 0,
      estimated: false,
    });
  });

  it('shows the last usage alone to a client that asked for usage', () => {
    expect(run(stream, 'final').text).toBe(chunk([word('Par')]) + chunk([word('is')]) + chunk([], usage(14, 3)));
  });

  it('forwards every byte to a client that asked for running usage', () => {
    expect(run(stream, 'continuous').text).toBe(stream.replace('data: [DONE]\n\n', ''));
  });

  it('counts a stream that was cut: the prompt once, and the last count of each choice', () => {
    const cut =
      chunk([word('a', 0)], usage(5, 1)) + chunk([word('b', 1)], usage(5, 1)) + chunk([word('c', 1)], usage(5, 4));
    expect(run(cut, 'hidden').counts).toEqual({
      promptTokens: 5,
      cachedPromptTokens: 0,
      completionTokens: 5,
      reasoningTokens: 0,
      estimated: false,
    });
  });

  it('guesses, and says so, when the engine told no usage', () => {
    const {counts} = run(chunk([word('a')]) + chunk([word('b')]), 'hidden');
    expect(counts).toEqual({
      promptTokens: 25,
      cachedPromptTokens: 0,
      completionTokens: 2,
      reasoningTokens: 0,
      estimated: true,
    });
  });

  it('counts nothing when nothing came', () => {
    expect(run('', 'hidden').counts).toMatchObject({promptTokens: 0, completionTokens: 0, estimated: false});
  });

  it('counts cached prompt tokens', () => {
    const cached = {...usage(20, 2), prompt_tokens_details: {cached_tokens: 16}};
    expect(run(chunk([], cached), 'hidden').counts).toMatchObject({promptTokens: 20, cachedPromptTokens: 16});
  });

  it('gives the model the name that the client used', () => {
    expect(run(chunk([word('a')]), 'hidden', '"alias"').text).toContain('"model":"alias"');
  });

  it('tells an error of the engine from content that speaks of one', () => {
    const failed = 'data: {"error":{"message":"boom","code":500}}\n\n';
    expect(run(failed, 'hidden').kinds).toEqual(['error']);
    expect(run(chunk([word('{"error":1} [DONE]')]), 'hidden').kinds).toEqual(['forward']);
  });

  it('passes on what it does not understand', () => {
    expect(run('data: not json\n\n: ping\n\n', 'hidden').text).toBe('data: not json\n\n: ping\n\n');
  });

  it('says and counts the same however the bytes are cut', () => {
    const whole = run(stream, 'hidden');
    fc.assert(
      fc.property(fc.array(fc.nat({max: stream.length}), {maxLength: 20}), cuts => {
        expect(run(stream, 'hidden', null, cuts)).toEqual(whole);
      }),
    );
  });
});

const bodyBytes = 100;

function run(text: string, view: UsageView, model: string | null = null, cuts: readonly number[] = []) {
  const patcher = new StreamPatcher({view, modelBytes: model === null ? null : encoder.encode(model)});
  const framer = new SseFramer();
  const bytes = encoder.encode(text);
  const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  const patched: PatchedEvent[] = at
    .slice(1)
    .flatMap((end, index) => framer.push(bytes.subarray(at[index], end)).map(event => patcher.patch(event)));
  return {
    text: patched.map(event => (event.kind === 'forward' ? decoder.decode(event.bytes) : '')).join(''),
    kinds: patched.map(({kind}) => kind),
    counts: patcher.counts(bodyBytes),
  };
}
