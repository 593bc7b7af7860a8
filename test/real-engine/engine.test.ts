import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import OpenAI from 'openai';
import {afterAll, beforeAll, describe, expect, it, onTestFinished, vi} from 'vitest';
import {INSTALL_TIMEOUT_MS, installEngine, type RunningEngine, startEngine} from './start-engine.ts';

const MODEL = 'acme/tiny-random';
const CONTEXT_TOKENS = 4096;
const SLOTS = 4;
const START_TIMEOUT_MS = 30_000;

let engine: RunningEngine;
let temporaryFolder: string;

beforeAll(async () => {
  await installEngine();
  temporaryFolder = mkdtempSync(join(tmpdir(), 'real-engine-test-'));
  engine = await start();
}, INSTALL_TIMEOUT_MS + START_TIMEOUT_MS);

afterAll(async () => {
  await engine?.stop();
  rmSync(temporaryFolder, {recursive: true, force: true});
});

describe('the real engine', () => {
  it('lists its model with the context it really has', async () => {
    const response = await fetch(`${engine.url}/v1/models`);
    expect(await response.json()).toMatchObject({data: [{id: MODEL, max_model_len: CONTEXT_TOKENS}]});
  });

  it('streams one chunk per token and reports exactly those tokens as usage', async () => {
    const before = await readMetrics();
    const frames = await readAll(await chat({stream: true, max_tokens: 40, ignore_eos: true, ...WITH_USAGE}));
    const after = await readMetrics();
    const usage = frames.at(-1)?.usage;

    expect(frames[0]?.choices[0]?.delta).toEqual({role: 'assistant', content: ''});
    expect(frames.filter(isToken)).toHaveLength(40);
    expect(usage).toEqual({
      prompt_tokens: await countPromptTokens(),
      completion_tokens: 40,
      total_tokens: usage?.total_tokens,
    });
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + 40);
    expect(after.generated - before.generated).toBe(40);
    expect(after.prompt - before.prompt).toBe(usage?.prompt_tokens);
  });

  it('sends usage only when asked, and a running count when asked for that', async () => {
    const plain = await readAll(await chat({stream: true, max_tokens: 3}));
    expect(plain.some(frame => 'usage' in frame)).toBe(false);

    const options = {stream_options: {include_usage: true, continuous_usage_stats: true}};
    const counted = await readAll(await chat({stream: true, max_tokens: 3, ignore_eos: true, ...options}));
    expect(counted.map(frame => frame.usage?.completion_tokens)).toEqual([0, 1, 2, 3, 3]);
  });

  it('gives the same text streamed and whole for one seed, and another text for another seed', async () => {
    const request = {max_tokens: 60, seed: 7};
    const streamed = textOf(await readAll(await chat({...request, stream: true})));
    expect(streamed.length).toBeGreaterThan(0);
    expect(await wholeText(request)).toBe(streamed);
    expect(await wholeText({...request, seed: 8})).not.toBe(streamed);
  });

  it('ends by itself when the model says its end token', async () => {
    const {choices, usage} = await json<Completion>(chat({seed: 3}));
    expect(choices[0]?.finish_reason).toBe('stop');
    expect(usage.total_tokens).toBeLessThan(CONTEXT_TOKENS);
  });

  it('cuts before a stop string, even one that spans tokens', async () => {
    const text = await wholeText({max_tokens: 60, seed: 7});
    const stop = text.slice(10, 15);
    expect(await wholeText({max_tokens: 60, seed: 7, stop})).toBe(text.slice(0, text.indexOf(stop)));
  });

  it('completes plain prompts and token ids alike', async () => {
    const {tokens} = await json<Tokenized>(post('/tokenize', {prompt: 'Hello'}));
    const complete = (prompt: string | readonly number[]): Promise<Completion> =>
      json(post('/v1/completions', {prompt, max_tokens: 8, temperature: 0}));
    const [fromText, fromIds] = [await complete('Hello'), await complete(tokens)];
    expect(fromText.choices[0]?.text).toBe(fromIds.choices[0]?.text);
    expect(fromText.usage).toEqual(fromIds.usage);
    expect(fromText.usage.prompt_tokens).toBe(tokens.length);
  });

  it('satisfies the official openai client', async () => {
    const client = new OpenAI({baseURL: `${engine.url}/v1`, apiKey: 'unused'});
    const stream = await client.chat.completions.create({
      model: MODEL,
      messages: [{role: 'user', content: 'Hi'}],
      max_tokens: 12,
      stream: true,
      stream_options: {include_usage: true},
    });
    let pieces = 0;
    let counted = -1;
    for await (const chunk of stream) {
      if (chunk.usage) counted = chunk.usage.completion_tokens;
      else if (chunk.choices[0]?.delta.role === undefined) pieces++;
    }
    expect(counted).toBeGreaterThan(0);
    expect(pieces).toBe(counted);
  });

  it('queues what exceeds its slots and gives the slot of an aborted stream to the next request', async () => {
    const clients = Array.from({length: SLOTS}, () => new AbortController());
    onTestFinished(() => {
      for (const client of clients) client.abort();
    });
    const streams = await Promise.all(clients.map(client => chat(ENDLESS, client.signal)));
    const readers = streams.map(stream => frames(stream));
    for (const reader of readers) await reader.next();
    expect(await readMetrics()).toMatchObject({running: SLOTS, waiting: 0});

    const waitingClient = chat({stream: true, max_tokens: 5, ...WITH_USAGE});
    await vi.waitFor(async () => expect(await readMetrics()).toMatchObject({running: SLOTS, waiting: 1}), POLL);

    clients[0]?.abort();
    const answer = await readAll(await waitingClient);
    expect(answer.at(-1)?.usage?.completion_tokens).toBe(answer.filter(isToken).length);
    await vi.waitFor(async () => expect(await readMetrics()).toMatchObject({running: SLOTS - 1, waiting: 0}), POLL);

    for (const client of clients) client.abort();
    await vi.waitFor(async () => expect(await readMetrics()).toMatchObject({running: 0, waiting: 0}), POLL);
    const stopped = await readMetrics();
    await readAll(await chat({stream: true, max_tokens: 2, ignore_eos: true}));
    expect((await readMetrics()).generated - stopped.generated).toBe(2);
  });

  it('stops a request that is not streamed when its client goes away', async () => {
    const client = new AbortController();
    const answer = chat({...ENDLESS, stream: false}, client.signal);
    await vi.waitFor(async () => expect(await readMetrics()).toMatchObject({running: 1}), POLL);
    client.abort();
    await expect(answer).rejects.toThrow(/abort/i);
    await vi.waitFor(async () => expect(await readMetrics()).toMatchObject({running: 0}), POLL);
  });

  it.each([
    ['an unknown model', {model: 'nope'}, 404, /`nope` does not exist/],
    ['more tokens than the context holds', {max_tokens: CONTEXT_TOKENS}, 400, /context length/],
    ['a field of the wrong type', {temperature: 'hot'}, 400, /temperature/],
  ])('refuses %s', async (_case, fields, status, message) => {
    const response = await chat(fields);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({error: {code: status, message: expect.stringMatching(message)}});
  });

  it('asks for the key under /v1 only', async () => {
    const guarded = await start({VLLM_API_KEY: 'sk-right'});
    onTestFinished(async () => {
      await guarded.stop();
    });
    const models = (authorization: string) => fetch(`${guarded.url}/v1/models`, {headers: {authorization}});
    const refused = await models('Bearer sk-wrong');
    expect([refused.status, await refused.json()]).toEqual([401, {error: 'Unauthorized'}]);
    expect((await models('Bearer sk-right')).status).toBe(200);
    expect((await fetch(`${guarded.url}/health`)).status).toBe(200);
  });

  it('exits with 0 on SIGTERM in mid-stream and leaves no file behind', async () => {
    const doomed = await start();
    const stream = frames(await chat(ENDLESS, undefined, doomed.url));
    await stream.next();
    const cut = expect(drain(stream)).rejects.toThrow();
    expect(await doomed.stop()).toBe(0);
    await cut;
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });
});

const POLL = {timeout: 5000, interval: 5};
const WITH_USAGE = {stream_options: {include_usage: true}};
const ENDLESS = {stream: true, ignore_eos: true, max_tokens: CONTEXT_TOKENS - 100};
const MESSAGES = [{role: 'user', content: 'Wie groß ist ein Baum? 日本 🙂'}];

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

interface Frame {
  readonly choices: ReadonlyArray<{readonly delta: {readonly role?: string; readonly content: string}}>;
  readonly usage?: Usage;
}

interface Completion {
  readonly choices: ReadonlyArray<{
    readonly finish_reason: string;
    readonly text?: string;
    readonly message?: {readonly content: string};
  }>;
  readonly usage: Usage;
}

interface Tokenized {
  readonly count: number;
  readonly tokens: readonly number[];
}

function start(env: NodeJS.ProcessEnv = {}): Promise<RunningEngine> {
  const flags = ['--model', MODEL, '--max-model-len', String(CONTEXT_TOKENS), '--max-num-seqs', String(SLOTS)];
  return startEngine(flags, {TMPDIR: temporaryFolder, ...env});
}

function chat(fields: object, signal?: AbortSignal, url = engine.url): Promise<Response> {
  return post('/v1/chat/completions', {model: MODEL, messages: MESSAGES, ...fields}, signal, url);
}

function post(path: string, body: object, signal?: AbortSignal, url = engine.url): Promise<Response> {
  const headers = {'content-type': 'application/json'};
  return fetch(url + path, {method: 'POST', headers, body: JSON.stringify(body), signal: signal ?? null});
}

async function json<T>(response: Promise<Response>): Promise<T> {
  const body: unknown = await (await response).json();
  return body as T;
}

async function wholeText(fields: object): Promise<string> {
  const {choices} = await json<Completion>(chat(fields));
  return choices[0]?.message?.content ?? '';
}

async function countPromptTokens(): Promise<number> {
  return (await json<Tokenized>(post('/tokenize', {messages: MESSAGES}))).count;
}

async function* frames(response: Response): AsyncGenerator<Frame, void, undefined> {
  if (response.body === null) throw new Error('the response has no body');
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const complete = text.split('\n\n');
    text = complete.pop() ?? '';
    for (const frame of complete) {
      if (frame === 'data: [DONE]') return;
      yield JSON.parse(frame.replace(/^data: /, ''));
    }
  }
  throw new Error('the stream ended without [DONE]');
}

async function readAll(response: Response): Promise<Frame[]> {
  return Array.fromAsync(frames(response));
}

async function drain(stream: AsyncIterable<Frame>): Promise<void> {
  for await (const _frame of stream);
}

function isToken(frame: Frame): boolean {
  return frame.choices.length > 0 && frame.choices[0]?.delta.role === undefined;
}

function textOf(all: readonly Frame[]): string {
  return all.map(frame => frame.choices[0]?.delta.content ?? '').join('');
}

async function readMetrics(): Promise<{running: number; waiting: number; prompt: number; generated: number}> {
  const text = await (await fetch(`${engine.url}/metrics`)).text();
  const value = (name: string): number => {
    const sample = new RegExp(`^vllm:${name}\\{engine="0",model_name="${MODEL}"\\} (\\S+)$`, 'm').exec(text);
    if (sample === null) throw new Error(`vllm:${name} is missing`);
    return Number(sample[1]);
  };
  return {
    running: value('num_requests_running'),
    waiting: value('num_requests_waiting'),
    prompt: value('prompt_tokens_total'),
    generated: value('generation_tokens_total'),
  };
}
