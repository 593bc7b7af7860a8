import type OpenAI from 'openai';
import type {FakeVllmControl} from '../support/fake-vllm-control.ts';
import {until} from '../support/until.ts';

export interface MixedRequestsOptions {
  readonly client: OpenAI;
  /** Model of everything that comes to its end. */
  readonly fast: string;
  /** Model of every stream that is cut; its engine works on one request at a time. */
  readonly slow: string;
  readonly slowControl: FakeVllmControl;
}

export interface SeenByClients {
  requests: number;
  completed: number;
  cancelled: number;
  /** Sum of the usage in all answers. */
  readonly usage: {prompt: number; completion: number};
}

/** 500 in all: 450 that end, and 50 streams that are cut, ten of them while they wait for the slot. */
const mix = {chatStream: 150, chat: 110, completionStream: 70, completion: 60, embeddings: 60} as const;
const cutWhileWaiting = 10;
const cutWhileStreaming = 40;
const concurrency = 24;

type Kind = keyof typeof mix;

export async function runMixedRequests(options: MixedRequestsOptions): Promise<SeenByClients> {
  const seen: SeenByClients = {requests: 0, completed: 0, cancelled: 0, usage: {prompt: 0, completion: 0}};
  const kinds = Object.entries(mix).flatMap(([kind, count]) => Array.from({length: count}, () => kind as Kind));
  const queue = shuffled(kinds).entries();
  const worker = async () => {
    for (const [number, kind] of queue) {
      const {prompt_tokens, completion_tokens} = await ask(kind, number, options);
      seen.usage.prompt += prompt_tokens;
      seen.usage.completion += completion_tokens ?? 0;
      seen.completed += 1;
      seen.requests += 1;
    }
  };
  await Promise.all([...Array.from({length: concurrency}, worker), cutStreams(options, seen)]);
  return seen;
}

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens?: number;
}

async function ask(kind: Kind, number: number, {client, fast: model}: MixedRequestsOptions): Promise<Usage> {
  const text = `Request ${number}: ${'tell me more about it. '.repeat(number % 7)}`;
  const messages = [{role: 'user' as const, content: text}];
  const max_tokens = 1 + (number % 40);
  const withUsage = {stream: true, stream_options: {include_usage: true}} as const;
  switch (kind) {
    case 'chat':
      return usageOf(await client.chat.completions.create({model, messages, max_tokens, n: 1 + (number % 2)}));
    case 'chatStream':
      return await lastUsage(await client.chat.completions.create({model, messages, max_tokens, ...withUsage}));
    case 'completion':
      return usageOf(await client.completions.create({model, prompt: text, max_tokens}));
    case 'completionStream':
      return await lastUsage(await client.completions.create({model, prompt: text, max_tokens, ...withUsage}));
    case 'embeddings':
      return usageOf(await client.embeddings.create({model, input: [text, 'and another one']}));
  }
}

function usageOf({usage}: {usage?: Usage | null | undefined}): Usage {
  if (!usage) throw new Error('an answer without usage');
  return usage;
}

async function lastUsage(stream: AsyncIterable<{usage?: Usage | null}>): Promise<Usage> {
  let last: {usage?: Usage | null} = {};
  for await (const chunk of stream) last = chunk;
  return usageOf(last);
}

/** Every stream is cut after its one token, with the next a minute away: both sides must have counted the same. */
async function cutStreams({client, slow: model, slowControl}: MixedRequestsOptions, seen: SeenByClients) {
  const open = (signal?: AbortSignal) => {
    const messages = [{role: 'user' as const, content: 'Tell me a long story.'}];
    return client.chat.completions.create({model, messages, stream: true, max_tokens: 1000}, {signal});
  };
  const cut = (count = 1) => {
    seen.cancelled += count;
    seen.requests += count;
  };

  const holder = await open();
  await firstToken(holder);
  const leaving = new AbortController();
  const waiting = Array.from({length: cutWhileWaiting}, () => open(leaving.signal));
  const refused = Promise.allSettled(waiting);
  await until('all to wait for the slot', async () => (await slowControl.stats()).requests.waiting === cutWhileWaiting);
  leaving.abort();
  await refused;
  await until('the queue to empty', async () => (await slowControl.stats()).requests.aborted === cutWhileWaiting);
  cut(cutWhileWaiting);
  holder.controller.abort();
  cut();

  for (let number = 1; number < cutWhileStreaming; number++) {
    const stream = await open();
    await firstToken(stream);
    stream.controller.abort();
    cut();
  }

  await until('the last cut to be seen', async () => (await slowControl.stats()).requests.aborted === seen.cancelled);
}

/** The chunk before it carries the role and no token. */
export async function firstToken(stream: AsyncIterable<OpenAI.Chat.ChatCompletionChunk>): Promise<void> {
  const chunks = stream[Symbol.asyncIterator]();
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    if (next.value.choices[0]?.delta.content) return;
  }

  throw new Error('the stream ended before its first token');
}

/** The same order in every run (Park and Miller's generator). */
function shuffled<T>(items: readonly T[]): T[] {
  let state = 20_261;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  return items
    .map(item => ({item, at: next()}))
    .sort((a, b) => a.at - b.at)
    .map(({item}) => item);
}
