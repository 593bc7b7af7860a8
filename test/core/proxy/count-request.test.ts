import {describe, expect, it} from 'vitest';
import {countPromptRequest, countTextRequest} from '../../../src/core/proxy/count-request.ts';
import type {ProxyEndpoint} from '../../../src/core/proxy/endpoints.ts';
import {planRequest} from '../../../src/core/proxy/request-plan.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

describe('countPromptRequest', () => {
  it.each([
    [
      'chat/completions',
      {messages: [{role: 'user', content: 'a'}], tools: [], temperature: 1},
      {path: '/tokenize', body: {messages: [{role: 'user', content: 'a'}], tools: []}},
    ],
    ['completions', {prompt: 'a'}, {path: '/tokenize', body: {prompt: 'a'}}],
    ['embeddings', {input: 'a'}, {path: '/tokenize', body: {prompt: 'a'}}],
    [
      'messages',
      {system: 's', messages: [], max_tokens: 4},
      {path: '/v1/messages/count_tokens', body: {messages: [], system: 's'}},
    ],
    [
      'responses',
      {instructions: 's', input: 'a'},
      {
        path: '/tokenize',
        body: {
          messages: [
            {role: 'system', content: 's'},
            {role: 'user', content: 'a'},
          ],
        },
      },
    ],
    [
      'responses',
      {instructions: null, input: [{role: 'user', content: 'a'}]},
      {path: '/tokenize', body: {messages: [{role: 'user', content: 'a'}]}},
    ],
    [
      'responses',
      {instructions: 's', input: []},
      {path: '/tokenize', body: {messages: [{role: 'system', content: 's'}]}},
    ],
  ] as const)('of %s asks for what the engine would read', (endpoint, body, expected) => {
    const found = ask(endpoint, body);
    expect(found?.path).toBe(expected.path);
    expect(JSON.parse(decoder.decode(found?.body))).toEqual({model: 'served', ...expected.body});
  });

  it.each([
    ['completions', {prompt: [1, 2, 3]}],
    ['embeddings', {input: ['a', 'b']}],
    ['score', {text_1: 'a', text_2: 'b'}],
    ['responses', {}],
  ] as const)('cannot be made of %s with %j', (endpoint, body) => {
    expect(ask(endpoint, body)).toBeNull();
  });
});

it('countTextRequest keeps the text as it was escaped', () => {
  const {body} = countTextRequest(encoder.encode('a\\"\\u00e9'), 'served');
  expect(JSON.parse(decoder.decode(body))).toEqual({model: 'served', prompt: 'a"é', add_special_tokens: false});
});

function ask(endpoint: ProxyEndpoint, members: object) {
  const body = encoder.encode(JSON.stringify({model: 'alias', ...members}));
  return countPromptRequest(endpoint, body, planRequest(endpoint, body), 'served');
}
