import Anthropic from '@anthropic-ai/sdk';
import OpenAI, {RateLimitError} from 'openai';
import {afterAll, beforeAll, beforeEach, expect, it} from 'vitest';
import {chatBody, post, postChat, ServeBench, secret} from '../support/bench.ts';
import {
  answerJson,
  ScriptedUpstream,
  servedModel,
  shortAnswer,
  shortStream,
  usageOf,
} from '../support/scripted-upstream.ts';

let bench: ServeBench;
let upstream: ScriptedUpstream;
let url: string;
/** What tests let pass. */
let aheadMs = 0;

beforeAll(async () => {
  bench = await ServeBench.open();
  upstream = new ScriptedUpstream(shortAnswer);
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
  // Stands still between steps: what is refilled is what a test lets pass.
  const nowMs = Date.now();
  ({url} = await bench.serve({}, {clock: {nowMs: () => nowMs + aheadMs, sleep: ms => bench.clock.sleep(ms)}}));
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => {
  upstream.script = shortAnswer;
});

/** Sets the organization's limit and waits until the server goes by it. */
async function limitTo(rates: {requestsPerMinute?: number; tokensPerMinute?: number; concurrency?: number}) {
  const {store, scope, ids} = bench;
  await store.rateLimits.remove(scope, {keyId: null, modelHfId: null});
  const none = {keyId: null, modelHfId: null, requestsPerMinute: null, tokensPerMinute: null, concurrency: null};
  const {id} = await store.rateLimits.put(scope, {id: ids.next('rateLimit'), ...none, ...rates});
  await bench.eventually(async () => {
    const {limit} = gateWords(await postChat(url, {...chatBody, model: servedModel}));
    return limit === String(rates.requestsPerMinute ?? rates.tokensPerMinute) ? id : null;
  });
  aheadMs += 600_000;
}

function gateWords({headers}: Response) {
  return {limit: headers.get('x-ratelimit-limit-requests') ?? headers.get('x-ratelimit-limit-tokens')};
}

it('admits exactly N of 200 concurrent callers, and tells the others when to come again', async () => {
  await limitTo({requestsPerMinute: 17});
  const before = upstream.seen.length;
  const answers = await Promise.all(Array.from({length: 200}, () => postChat(url, chatBody)));
  await Promise.all(answers.map(answer => answer.text()));
  expect(answers.filter(({status}) => status === 200)).toHaveLength(17);
  expect(answers.filter(({status}) => status === 429)).toHaveLength(183);
  expect(upstream.seen.length - before).toBe(17);
  const refused = answers.find(({status}) => status === 429);
  expect(refused?.headers.get('retry-after-ms')).toBe(String(Math.ceil(60_000 / 17)));
  expect(refused?.headers.get('retry-after')).toBe('4');
});

it('carries the headers on streams before their first byte, and on refusals of both dialects', async () => {
  await limitTo({requestsPerMinute: 2});
  upstream.script = shortStream;
  const streamed = await postChat(url, {...chatBody, stream: true});
  expect(streamed.headers.get('x-ratelimit-remaining-requests')).toBe('1');
  expect(streamed.headers.get('x-ratelimit-reset-requests')).toBe('30s');
  await streamed.text();
  await (await postChat(url, {...chatBody, stream: true})).text();
  const refused = await postChat(url, chatBody);
  expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  expect(await refused.json()).toMatchObject({
    error: {code: 'rate_limit_exceeded', type: 'rate_limit_error', message: /2 requests per minute/},
  });
  const message = await post(`${url}/v1/messages`, {...chatBody, max_tokens: 5});
  expect(message.status).toBe(429);
  expect(await message.json()).toMatchObject({type: 'error', error: {type: 'rate_limit_error'}});
});

it('is waited for by the official client, as long as it is told', async () => {
  await limitTo({tokensPerMinute: 60_000});
  upstream.script = (_request, response) => answerJson(response, 200, {choices: [], usage: usageOf(60_000, 0)});
  await (await postChat(url, chatBody)).text();
  upstream.script = shortAnswer;
  const waits: string[] = [];
  const client = new OpenAI({
    apiKey: secret,
    baseURL: `${url}/v1`,
    maxRetries: 2,
    fetch: async (input, init) => {
      const answer = await fetch(input as string, init as RequestInit);
      const wait = answer.headers.get('retry-after-ms');
      if (wait !== null) waits.push(wait);
      // What the client waits for, passes.
      if (wait !== null) aheadMs += Number(wait);
      return answer;
    },
  });
  const messages = [{role: 'user' as const, content: 'hi'}];
  const answer = await client.chat.completions.create({model: servedModel, max_tokens: 80, messages});
  expect(answer.choices[0]?.message.content).toBe('Paris.');
  // 80 tokens of the answer and a guess for the prompt, at a token per millisecond.
  expect(waits).toEqual([expect.stringMatching(/^1\d\d$/)]);
});

it('is not tried again by the official clients where that cannot help', async () => {
  await limitTo({tokensPerMinute: 100});
  const before = upstream.seen.length;
  let calls = 0;
  const counted: typeof fetch = (input, init) => {
    calls++;
    return fetch(input, init);
  };
  const ask = {model: servedModel, max_tokens: 500, messages: [{role: 'user' as const, content: 'hi'}]};
  const openai = new OpenAI({apiKey: secret, baseURL: `${url}/v1`, fetch: counted});
  const refusal = await openai.chat.completions.create(ask).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RateLimitError);
  expect((refusal as RateLimitError).code).toBe('rate_limit_exceeded');
  const anthropic = new Anthropic({apiKey: secret, baseURL: url, fetch: counted});
  await expect(anthropic.messages.create(ask)).rejects.toThrow(Anthropic.RateLimitError);
  expect(calls).toBe(2);
  expect(upstream.seen.length).toBe(before);
});
