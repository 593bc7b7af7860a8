import {describe, expect, it} from 'vitest';
import {forbiddenMembers} from '../../../src/core/proxy/forbidden-members.ts';
import {planRequest, upstreamBody} from '../../../src/core/proxy/request-plan.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const worker = {servedModelName: 'm', cacheSalt: 'org_1'};

describe('planRequest', () => {
  it.each([
    ['no model', '{}', 'model', /Missing required parameter/],
    ['a model that is no text', '{"model":1}', 'model', /must be a string/],
    ['an empty model', '{"model":""}', 'model', /must be a string/],
    ['a model name of a megabyte', `{"model":"${'a'.repeat(1e6)}"}`, 'model', /must be a string/],
    ['a stream that is no switch', '{"model":"m","stream":"yes"}', 'stream', /true or false/],
    [
      'stream options that are no object',
      '{"model":"m","stream":true,"stream_options":[]}',
      'stream_options',
      /object/,
    ],
  ])('refuses %s, naming the parameter', (_what, text, param, message) => {
    expect(() => plan(text)).toThrow(
      expect.objectContaining({code: 'invalid_input', param, message: expect.stringMatching(message)}),
    );
  });

  it.each([
    ['{"model":"m"}', false, 'hidden'],
    ['{"model":"m","stream":null}', false, 'hidden'],
    ['{"model":"m","stream":true}', true, 'hidden'],
    ['{"model":"m","stream":true,"stream_options":null}', true, 'hidden'],
    ['{"model":"m","stream":true,"stream_options":{"include_usage":true}}', true, 'final'],
    [
      '{"model":"m","stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}',
      true,
      'continuous',
    ],
    ['{"model":"m","stream":true,"stream_options":{"continuous_usage_stats":true}}', true, 'hidden'],
  ])('reads %s', (text, streamed, usageView) => {
    expect(plan(text)).toMatchObject({model: 'm', streamed, usageView});
  });

  it('never streams embeddings', () => {
    expect(planRequest('embeddings', encoder.encode('{"model":"m","stream":true}')).streamed).toBe(false);
  });
});

describe('upstreamBody', () => {
  it('asks for usage on a stream and keeps the other stream options', () => {
    const body = sent(
      '{"model":"m","stream":true,"stream_options":{"include_obfuscation":false,"include_usage":false}}',
    );
    expect(JSON.parse(body).stream_options).toEqual({
      include_obfuscation: false,
      include_usage: true,
      continuous_usage_stats: true,
    });
  });

  it('adds no stream options where nothing streams: vLLM would refuse the request', () => {
    expect(sent('{"model":"m"}')).not.toContain('stream_options');
  });

  it('takes out what is not for the client to set, and sets the cache salt of the organization', () => {
    const body = JSON.parse(sent(`{"model":"m",${forbiddenMembers.map(name => `"${name}":1`).join(',')},"x":2}`));
    expect(body).toEqual({model: 'm', x: 2, cache_salt: 'org_1'});
  });

  it('renames the model and keeps digits that a number would lose', () => {
    expect(sent('{"model":"alias","seed":12345678901234567890}')).toBe(
      '{"model":"m","seed":12345678901234567890,"cache_salt":"org_1"}',
    );
  });
});

function plan(text: string) {
  return planRequest('chat/completions', encoder.encode(text));
}

function sent(text: string): string {
  const bytes = encoder.encode(text);
  return decoder.decode(upstreamBody('chat/completions', bytes, planRequest('chat/completions', bytes), worker));
}
