import {join} from 'node:path';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import {generateText, streamText} from 'ai';
import OpenAI from 'openai';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {INSTALL_TIMEOUT_MS, installEngine, SERVER_FILE} from '../real-engine/start-engine.ts';
import {Installation, tinyModel} from '../support/installation.ts';
import {type ServeProcess, startServe} from '../support/serve-process.ts';
import {until} from '../support/until.ts';

const installation = new Installation();
let serve: ServeProcess;
let client: OpenAI;
let apiKey: string;
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
  apiKey = (await installation.ok(['keys', 'create', 'real', '--quiet'])).trim();
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

  it('gives the Vercel AI SDK the same text, streamed and whole, with usage', async () => {
    const baseURL = serve.openaiUrl;
    const provider = createOpenAICompatible({name: 'inventiv', baseURL, apiKey, includeUsage: true});
    const call = {model: provider(tinyModel), messages, seed: 7, maxOutputTokens: 12, maxRetries: 0};
    const whole = await generateText(call);
    const streamed = streamText(call);
    expect(await streamed.text).toBe(whole.text);
    const usages = [whole.usage, await streamed.usage];
    for (const usage of usages)
      expect(usage).toMatchObject({inputTokens: told.chatPrompt, outputTokens: whole.usage.outputTokens});
    told.completion += 2 * (whole.usage.outputTokens ?? 0);
  });

  it('tells a client what its engine cannot do, in the form of OpenAI', async () => {
    const attempt = client.embeddings.create({model: tinyModel, input: 'one'});
    await expect(attempt).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('gives the Anthropic client the same text, streamed and whole, with usage', async () => {
    const anthropic = new Anthropic({baseURL: new URL(serve.openaiUrl).origin, apiKey, maxRetries: 0});
    const call = {model: tinyModel, messages, max_tokens: 12, temperature: 0};
    const whole = await anthropic.messages.create(call);
    const streamed = await anthropic.messages.stream(call).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(whole.content).toEqual([{type: 'text', text: expect.stringMatching(/./)}]);
    const usage = {input_tokens: told.chatPrompt, output_tokens: whole.usage.output_tokens};
    for (const answer of [whole, streamed])
      expect(answer).toMatchObject({usage, stop_reason: expect.stringMatching(/^(?:end_turn|max_tokens)$/)});
    told.completion += 2 * whole.usage.output_tokens;
  });

  it('tells it in the form of Anthropic too, where the model is not there', async () => {
    const anthropic = new Anthropic({baseURL: new URL(serve.openaiUrl).origin, apiKey, maxRetries: 0});
    const attempt = anthropic.messages.create({model: 'acme/none', messages, max_tokens: 5});
    await expect(attempt).rejects.toBeInstanceOf(Anthropic.NotFoundError);
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
      requests: 9,
      cancelled: 1,
      failed: 1,
      promptTokens: 7 * told.chatPrompt + told.textPrompt,
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
