import {expect, it} from 'vitest';
import type {ProxyEndpoint} from '../../../src/core/proxy/endpoints.ts';
import {planRequest} from '../../../src/core/proxy/request-plan.ts';
import {type DemandBounds, tokenDemand} from '../../../src/core/proxy/token-demand.ts';

const encoder = new TextEncoder();
const contextTokens = 1000;

function demand(endpoint: ProxyEndpoint, members: object, bounds: Partial<DemandBounds> = {}) {
  const body = encoder.encode(JSON.stringify({model: 'm', ...members}));
  const all = {contextTokens, maxTokens: null, hasMedia: false, ...bounds};
  return {...tokenDemand(endpoint, body, planRequest(endpoint, body), all), bytes: body.length};
}

it.each([
  ['a named bound', 'chat/completions', {max_completion_tokens: 50, max_tokens: 70}, 50, false],
  ['the older name', 'chat/completions', {max_tokens: 70}, 70, false],
  ['a bound for each of several answers', 'chat/completions', {max_tokens: 70, n: 3}, 210, false],
  ['no bound: the context', 'chat/completions', {}, 1000, true],
  ['null is no bound', 'chat/completions', {max_tokens: null, n: null}, 1000, true],
  ['a bound beyond the context', 'chat/completions', {max_tokens: 5000, n: 2}, 2000, false],
  ['text completions stop by themselves', 'completions', {prompt: 'a'}, 16, false],
  ['best_of and a batch of prompts', 'completions', {prompt: ['a', 'b'], n: 2, best_of: 4, max_tokens: 10}, 80, false],
  ['one prompt of token ids', 'completions', {prompt: [1, 2, 3], max_tokens: 10}, 10, false],
  ['responses', 'responses', {max_output_tokens: 30}, 30, false],
  ['messages', 'messages', {max_tokens: 40}, 40, false],
  ['what generates nothing', 'embeddings', {input: ['a', 'b']}, 0, false],
] as const)('%s', (_what, endpoint, members, completionTokensMax, isOpenEnded) => {
  expect(demand(endpoint, members)).toMatchObject({completionTokensMax, isOpenEnded});
});

it("takes the proxy's own bound where a request names none", () => {
  const bounds = {contextTokens, maxTokens: 300};
  expect(demand('chat/completions', {n: 2}, bounds)).toMatchObject({completionTokensMax: 600, isOpenEnded: false});
});

it('guesses the prompt from the bytes, never above the context, but for batches of whole prompts', () => {
  const short = demand('chat/completions', {messages: [{role: 'user', content: 'hello'}]});
  expect(short.promptTokens).toBe(Math.ceil(short.bytes / 4));
  const long = 'x'.repeat(100_000);
  expect(demand('chat/completions', {messages: long}).promptTokens).toBe(contextTokens);
  expect(demand('embeddings', {input: [long]}).promptTokens).toBeGreaterThan(25_000);
});

it('asks nothing for what is not billed', () => {
  expect(demand('tokenize', {prompt: 'a'})).toMatchObject({promptTokens: 0, completionTokensMax: 0});
});

it('has a bound of the prompt that no way of writing passes: its bytes, the template, and no more than the context', () => {
  const roomy = {contextTokens: 100_000};
  const chat = {messages: [{role: 'user', content: 'hello'}]};
  const short = demand('chat/completions', chat, roomy);
  expect(short.promptTokensMax).toBe(short.bytes + 1024);
  expect(demand('chat/completions', chat).promptTokensMax).toBe(contextTokens);
  expect(demand('chat/completions', chat, {...roomy, hasMedia: true}).promptTokensMax).toBe(100_000);
  expect(demand('completions', {prompt: ['a', 'b', 'c']}).promptTokensMax).toBeLessThanOrEqual(3 * contextTokens);
  const batch = demand('embeddings', {input: ['x'.repeat(5000)]});
  expect(batch.promptTokensMax).toBe(batch.bytes + 1024);
  const ranked = demand('rerank', {query: 'x', documents: ['a', 'b', 'c']});
  expect(ranked.promptTokensMax).toBe(3 * (ranked.bytes + 1024));
  expect(demand('tokenize', {prompt: 'x'}).promptTokensMax).toBe(0);
});
