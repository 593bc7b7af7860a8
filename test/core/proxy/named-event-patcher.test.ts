import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {NamedEventPatcher} from '../../../src/core/proxy/named-event-patcher.ts';
import {SseFramer} from '../../../src/core/proxy/sse-framer.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const event = (type: string, more: object = {}) => `event: ${type}\ndata: ${JSON.stringify({type, ...more})}\n\n`;
const created = event('response.created', {response: {model: 'served', usage: null}});
const delta = (text: string) => event('response.output_text.delta', {delta: text});
const responseUsage = {
  input_tokens: 20,
  input_tokens_details: {cached_tokens: 16},
  output_tokens: 7,
  output_tokens_details: {reasoning_tokens: 3},
};
const completed = event('response.completed', {response: {model: 'served', usage: responseUsage}});
const start = event('message_start', {message: {model: 'served', usage: {input_tokens: 9, output_tokens: 0}}});
const text = (words: string) => event('content_block_delta', {index: 0, delta: {type: 'text_delta', text: words}});
const messageDelta = event('message_delta', {delta: {stop_reason: 'end_turn'}, usage: {output_tokens: 4}});
const stop = event('message_stop');

describe('a stream of responses', () => {
  const stream = created + delta('Par') + delta('is "\u{1f600}"') + completed;

  it('passes unchanged, its last event held back for the bill', () => {
    const {text: sent, last, counts} = run('responses', stream);
    expect(sent + last).toBe(stream);
    expect(last).toBe(completed);
    expect(counts).toEqual({
      promptTokens: 20,
      cachedPromptTokens: 16,
      completionTokens: 7,
      reasoningTokens: 3,
      estimated: false,
    });
  });

  it('begins with the first event that says more than that it was accepted', () => {
    expect(run('responses', created).text).toBe('');
    expect(run('responses', created + delta('a')).text).toBe(created + delta('a'));
  });

  it('that was cut is a guess, with its text to be counted', () => {
    const {counts, uncounted} = run('responses', created + delta('a"') + delta('é\n'));
    expect(counts).toMatchObject({promptTokens: 25, completionTokens: 2, estimated: true});
    expect(JSON.parse(`"${uncounted.text}"`)).toBe('a"é\n');
    expect(uncounted.prompt).toBe(true);
  });

  it('that was cut before its first token costs nothing', () => {
    expect(run('responses', created).counts).toMatchObject({promptTokens: 0, completionTokens: 0, estimated: false});
  });

  it('gives the model the name that the client used', () => {
    const {text: sent, last} = run('responses', stream, 'alias');
    expect(sent + last).toBe(stream.replaceAll('"served"', '"alias"'));
  });

  it.each([
    'data: {"error":{"message":"boom","code":500}}\n\n',
    event('error', {code: 'server_error', message: 'boom'}),
  ])('ends at the error %j', failure => {
    expect(run('responses', created + failure).kinds).toEqual(['drop', 'error']);
  });
});

describe('a stream of messages', () => {
  const stream = start + text('Paris') + messageDelta + stop;

  it('passes unchanged, and counts the prompt that its first event told', () => {
    const {text: sent, last, counts} = run('messages', stream);
    expect(sent + last).toBe(stream);
    expect(last).toBe(stop);
    expect(counts).toMatchObject({promptTokens: 9, completionTokens: 4, estimated: false});
  });

  it('knows its prompt when it is cut', () => {
    const {counts, uncounted} = run('messages', start + text('Par') + text('is'));
    expect(counts).toMatchObject({promptTokens: 9, completionTokens: 2, estimated: true});
    expect(uncounted).toEqual({prompt: false, text: 'Paris'});
  });

  it('gives the model the name that the client used', () => {
    expect(run('messages', stream, 'alias').text).toContain('"model":"alias"');
  });

  it('loses a [DONE] that its API does not know', () => {
    expect(run('messages', `${stream}data: [DONE]\n\n`).text + run('messages', stream).last).toBe(stream);
  });
});

it.each(['alias', null])('says and counts the same however the bytes are cut, under the name %j', name => {
  const stream = created + delta('Par') + delta('is \u{1f600}') + completed;
  const bytes = encoder.encode(stream).length;
  const whole = run('responses', stream, name);
  for (let at = 0; at <= bytes; at++) expect(run('responses', stream, name, [at])).toEqual(whole);
  fc.assert(
    fc.property(fc.array(fc.nat({max: bytes}), {maxLength: 20}), cuts => {
      expect(run('responses', stream, name, cuts)).toEqual(whole);
    }),
  );
});

function run(
  kind: 'responses' | 'messages',
  stream: string,
  model: string | null = null,
  cuts: readonly number[] = [],
) {
  const patcher = new NamedEventPatcher({kind, modelBytes: model === null ? null : encoder.encode(`"${model}"`)});
  const framer = new SseFramer();
  const bytes = encoder.encode(stream);
  const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  const patched = at.slice(1).flatMap((end, index) => {
    // A buffer of Node's, whose place the next read takes.
    const chunk = Buffer.from(bytes.subarray(at[index], end));
    const pieces = framer.push(chunk).map(found => {
      const piece = patcher.patch(found);
      return {kind: piece.kind, text: 'bytes' in piece ? decoder.decode(piece.bytes) : ''};
    });
    chunk.fill('x');
    return pieces;
  });
  const textOf = (wanted: 'forward' | 'done') => patched.map(({kind, text}) => (kind === wanted ? text : '')).join('');
  const {prompt, text: inside} = patcher.uncounted();
  return {
    text: textOf('forward'),
    last: textOf('done'),
    kinds: patched.map(piece => piece.kind),
    counts: patcher.counts(100),
    uncounted: {prompt, text: inside === null ? null : decoder.decode(inside)},
  };
}
