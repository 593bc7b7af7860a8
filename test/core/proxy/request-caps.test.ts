import {describe, expect, it} from 'vitest';
import type {ProxyEndpoint} from '../../../src/core/proxy/endpoints.ts';
import {checkCaps, defaultCaps, missingBound} from '../../../src/core/proxy/request-caps.ts';
import {planRequest} from '../../../src/core/proxy/request-plan.ts';

const encoder = new TextEncoder();
const caps = {...defaultCaps, choices: 4, batch: 2, maxTokens: 100, topLogprobs: 5};

describe('checkCaps', () => {
  it.each([
    ['chat/completions', {n: 5}, 'n'],
    ['chat/completions', {n: 1e9}, 'n'],
    ['chat/completions', {max_tokens: 101}, 'max_tokens'],
    ['chat/completions', {max_tokens: 1, max_completion_tokens: 101}, 'max_completion_tokens'],
    ['chat/completions', {min_tokens: 101}, 'min_tokens'],
    ['chat/completions', {top_logprobs: 6}, 'top_logprobs'],
    ['completions', {best_of: 5}, 'best_of'],
    ['completions', {logprobs: 6}, 'logprobs'],
    ['completions', {prompt: ['a', 'b', 'c']}, 'prompt'],
    ['completions', {prompt: [[1], [2], [3]]}, 'prompt'],
    ['embeddings', {input: ['a', 'b', 'c']}, 'input'],
    ['rerank', {documents: ['a', 'b', 'c']}, 'documents'],
    ['score', {text_2: ['a', 'b', 'c']}, 'text_2'],
    ['responses', {max_output_tokens: 101}, 'max_output_tokens'],
    ['messages', {max_tokens: 101}, 'max_tokens'],
  ] as const)('refuses %s with %j', (endpoint, members, param) => {
    expect(() => check(endpoint, members)).toThrow(expect.objectContaining({code: 'invalid_input', param}));
  });

  it.each([
    ['chat/completions', {n: 4, max_tokens: 100, top_logprobs: 5, logprobs: true}],
    ['chat/completions', {n: null, max_tokens: null}],
    ['completions', {prompt: [1, 2, 3, 4, 5]}],
    ['completions', {prompt: []}],
    ['embeddings', {input: 'a long text'}],
    ['responses', {input: [{}, {}, {}]}],
  ] as const)('lets %s with %j pass', (endpoint, members) => {
    expect(() => check(endpoint, members)).not.toThrow();
  });
});

describe('missingBound', () => {
  it.each([
    ['chat/completions', {}, 100],
    ['chat/completions', {max_tokens: null}, 100],
    ['chat/completions', {max_tokens: 7}, null],
    ['chat/completions', {max_completion_tokens: 7}, null],
    ['responses', {}, 100],
    ['messages', {}, null],
    ['completions', {}, null],
    ['embeddings', {}, null],
  ] as const)('of %s with %j is %j', (endpoint, members, bound) => {
    const {body, plan} = planned(endpoint, members);
    expect(missingBound(endpoint, body, plan, caps)).toBe(bound);
    expect(missingBound(endpoint, body, plan, {...caps, maxTokens: null})).toBeNull();
  });
});

function check(endpoint: ProxyEndpoint, members: object): void {
  const {body, plan} = planned(endpoint, members);
  checkCaps(endpoint, body, plan, caps);
}

function planned(endpoint: ProxyEndpoint, members: object) {
  const body = encoder.encode(JSON.stringify({model: 'm', ...members}));
  return {body, plan: planRequest(endpoint, body)};
}
