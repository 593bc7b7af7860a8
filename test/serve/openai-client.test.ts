import OpenAI from 'openai';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ServeBench, secret, workerKey} from './support/bench.ts';
import {FakeVllm} from './support/fake-vllm.ts';
import {servedModel} from './support/scripted-upstream.ts';

const messages = [{role: 'user' as const, content: 'Tell me about Paris.'}];

let bench: ServeBench;
let engine: FakeVllm;
let client: OpenAI;
let url: string;

beforeAll(async () => {
  engine = await FakeVllm.start(servedModel, ['--api-key', workerKey, '--max-num-seqs', '32']);
  bench = await ServeBench.open();
  await bench.addKey();
  await bench.addWorker(engine.url);
  ({url} = await bench.serve());
  client = new OpenAI({baseURL: `${url}/v1`, apiKey: secret, maxRetries: 0});
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

describe('the official OpenAI client', () => {
  it('lists and retrieves models', async () => {
    expect((await client.models.list()).data.map(({id}) => id)).toEqual([servedModel]);
    expect((await client.models.retrieve(servedModel)).owned_by).toBe('inventiv');
  });

  it('gets a chat completion, and the same text as a stream', async () => {
    const request = {model: servedModel, messages, max_tokens: 12, seed: 7};
    const whole = await client.chat.completions.create(request);
    expect(whole.usage?.completion_tokens).toBe(12);
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: {include_usage: true},
    });
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }

    expect(text).toBe(whole.choices[0]?.message.content);
    expect(usage).toMatchObject({prompt_tokens: whole.usage?.prompt_tokens, completion_tokens: 12});
  });

  it('gets completions and embeddings', async () => {
    const completion = await client.completions.create({model: servedModel, prompt: 'Once', max_tokens: 5});
    expect(completion.usage?.completion_tokens).toBe(5);
    const embedding = await client.embeddings.create({model: servedModel, input: ['a', 'b'], encoding_format: 'float'});
    expect(embedding.data).toHaveLength(2);
  });

  it('meets its own error types', async () => {
    const stranger = new OpenAI({baseURL: `${url}/v1`, apiKey: 'inv-wrong', maxRetries: 0});
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(client.chat.completions.create({model: 'nope', messages})).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
    const tooLong = client.chat.completions.create({model: servedModel, messages, max_tokens: 1_000_000});
    await expect(tooLong).rejects.toMatchObject({status: 400, code: 'context_length_exceeded'});
  });

  it('stops the generation when it breaks out of a stream', async () => {
    const stream = await client.chat.completions.create({
      model: servedModel,
      messages,
      max_tokens: 20_000,
      stream: true,
    });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    const leftAtMs = Date.now();
    const aborted = await bench.eventually(
      async () => (await engine.records()).find(({outcome}) => outcome === 'aborted') ?? null,
    );
    expect((aborted.endedAtMs ?? Number.POSITIVE_INFINITY) - leftAtMs).toBeLessThan(1000);
    expect(aborted.abortedIn).toBe('decode');
  });
});

it('bills exactly what the engine counted, over five hundred mixed requests', async () => {
  const before = (await engine.records()).length;
  await inParallel(16, 500, async index => {
    const stream = index % 2 === 0;
    const seed = index;
    if (index % 10 === 9) await client.embeddings.create({model: servedModel, input: `text ${index}`});
    else if (index % 10 === 8)
      await client.completions.create({model: servedModel, prompt: `p ${index}`, max_tokens: 1 + (index % 7), seed});
    else if (index % 50 === 7)
      await client.chat.completions.create({model: servedModel, messages, max_tokens: 1_000_000}).catch(() => {});
    else if (stream)
      for await (const _ of await client.chat.completions.create({
        model: servedModel,
        messages,
        seed,
        n: 1 + (index % 3),
        stream,
      }));
    else await client.chat.completions.create({model: servedModel, messages, seed});
  });

  // What the engine's API refuses never reaches the engine: it is in our ledger, without tokens.
  const refused = 10;
  const engineRecords = (await engine.records()).slice(before);
  expect(engineRecords).toHaveLength(500 - refused);
  const billed = await bench.usage(500 + before);
  expect(billed.filter(({httpStatus}) => httpStatus === 400).slice(0, refused)).toHaveLength(refused);
  const byUpstreamId = new Map(billed.map(record => [`${record.requestId}-1`, record]));
  const differences = engineRecords.filter(record => {
    const line = byUpstreamId.get(record.xRequestId ?? '');
    return (
      line?.outcome !== 'completed' ||
      line.estimated ||
      line.promptTokens !== record.promptTokens ||
      line.completionTokens !== record.completionTokens
    );
  });
  expect(differences).toEqual([]);
});

async function inParallel(width: number, total: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < total) await run(next++);
  };
  await Promise.all(Array.from({length: width}, lane));
}
