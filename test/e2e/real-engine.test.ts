import {join} from 'node:path';
import OpenAI from 'openai';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {INSTALL_TIMEOUT_MS, installEngine, SERVER_FILE} from '../real-engine/start-engine.ts';
import {Installation, tinyModel} from '../support/installation.ts';
import {type ServeProcess, startServe} from '../support/serve-process.ts';
import {until} from '../support/until.ts';

const installation = new Installation();
let serve: ServeProcess;
let client: OpenAI;
/** The worker's own address, without the proxy. */
let engineOrigin: string;

const messages = [{role: 'user' as const, content: 'Say something about the sea.'}];
/** What the answers said about their cost. */
const told = {chatPrompt: 0, textPrompt: 0, completion: 0};
const cacheDir = join(installation.directory, 'weights');

beforeAll(async () => {
  await installEngine();
  const engine = `'${process.execPath}' '${SERVER_FILE}' --cache-dir '${cacheDir}'`;
  await installation.ok([
    'up',
    '--provider',
    'mock',
    '--model',
    tinyModel,
    '--name',
    'llama',
    '--engine-command',
    engine,
  ]);
  const [instance] = await installation.json<readonly {openaiUrl: string}[]>(['ps']);
  engineOrigin = new URL(instance?.openaiUrl ?? '').origin;
  const apiKey = (await installation.ok(['keys', 'create', 'real', '--quiet'])).trim();
  serve = await startServe(installation);
  client = new OpenAI({apiKey, baseURL: serve.openaiUrl, maxRetries: 0, timeout: 30_000});
}, INSTALL_TIMEOUT_MS);

afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

describe('a real engine (llama.cpp) behind up and serve', () => {
  it('streams tokens to the official openai client, with usage at the end', async () => {
    const stream = await client.chat.completions.create({
      model: tinyModel,
      messages,
      max_tokens: 20,
      stream: true,
      stream_options: {include_usage: true},
    });
    const chunks = await Array.fromAsync(stream);
    const usage = chunks.at(-1)?.usage;
    told.chatPrompt = usage?.prompt_tokens ?? 0;
    told.completion += usage?.completion_tokens ?? 0;
    expect(chunks.filter(chunk => chunk.choices[0]?.delta.content).length).toBeGreaterThan(1);
    expect(usage?.completion_tokens).toBeGreaterThan(1);
    expect(told.chatPrompt).toBeGreaterThan(1);
  });

  it('answers whole, for chat and for completions', async () => {
    const chat = await client.chat.completions.create({model: tinyModel, messages, max_tokens: 5});
    const text = await client.completions.create({model: tinyModel, prompt: 'Once upon a time', max_tokens: 5});
    told.textPrompt = text.usage?.prompt_tokens ?? 0;
    told.completion += (chat.usage?.completion_tokens ?? 0) + (text.usage?.completion_tokens ?? 0);
    expect(chat.usage).toMatchObject({prompt_tokens: told.chatPrompt});
    expect(chat.usage?.completion_tokens).toBeLessThanOrEqual(5);
    expect(text.usage?.completion_tokens).toBeLessThanOrEqual(5);
    expect(typeof chat.choices[0]?.message.content).toBe('string');
  });

  it('tells a client what its engine cannot do, in the form of OpenAI', async () => {
    const attempt = client.embeddings.create({model: tinyModel, input: 'one'});
    await expect(attempt).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('frees the slot of a cancelled stream', async () => {
    // Nothing but the limit ends it: the tiny model would be done in milliseconds otherwise.
    const endless = {model: tinyModel, messages, max_tokens: 4000, stream: true, ignore_eos: true} as const;
    const stream = await client.chat.completions.create(endless);
    await stream[Symbol.asyncIterator]().next();
    expect(await requestsRunning()).toBe(1);
    stream.controller.abort();
    await until('the slot to be free', async () => (await requestsRunning()) === 0, 1_000);
  });

  it('has every request on its bill, the cancelled one with the tokens that were made', async () => {
    expect((await serve.stop()).exitCode).toBe(0);
    const all = await installation.json<Record<string, number>>(['usage', 'report']);
    expect(all).toMatchObject({
      requests: 5,
      cancelled: 1,
      failed: 1,
      promptTokens: 3 * told.chatPrompt + told.textPrompt,
    });
    expect(all.completionTokens).toBeGreaterThan(told.completion);
  });

  it('leaves nothing behind after down', async () => {
    await installation.ok(['down', '--all', '--yes']);
    await installation.expectNothingLeft();
  });
});

async function requestsRunning(): Promise<number> {
  const metrics = await (await fetch(`${engineOrigin}/metrics`)).text();
  const value = /^vllm:num_requests_running\{[^}]*\} (\S+)$/m.exec(metrics)?.[1];
  if (value === undefined) throw new Error(`no running requests in the metrics:\n${metrics}`);
  return Number(value);
}
