import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {embedMany, generateObject, generateText, jsonSchema, streamText, tool} from 'ai';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ServeBench, secret, workerKey} from './support/bench.ts';
import {FakeVllm} from './support/fake-vllm.ts';
import {servedModel} from './support/scripted-upstream.ts';

let bench: ServeBench;
let engine: FakeVllm;
let provider: ReturnType<typeof createOpenAICompatible>;

beforeAll(async () => {
  engine = await FakeVllm.start(servedModel, ['--api-key', workerKey, '--output-len', '20']);
  bench = await ServeBench.open();
  await bench.addKey();
  await bench.addWorker(engine.url);
  const {url} = await bench.serve();
  provider = createOpenAICompatible({
    name: 'inventiv',
    baseURL: `${url}/v1`,
    apiKey: secret,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

describe("the Vercel AI SDK's OpenAI-compatible provider", () => {
  const prompt = 'Tell me about Paris.';

  it('generates a text, and streams the same one with the same usage', async () => {
    const model = provider(servedModel);
    const whole = await generateText({model, prompt, maxRetries: 0});
    expect(whole.finishReason).toBe('stop');
    const streamed = streamText({model, prompt, maxRetries: 0});
    let text = '';
    for await (const piece of streamed.textStream) text += piece;
    expect(text).toBe(whole.text);
    expect(await streamed.usage).toMatchObject({outputTokens: 20, inputTokens: whole.usage.inputTokens});
  });

  it('calls a tool', async () => {
    const parameters = jsonSchema<{city: string}>({
      type: 'object',
      properties: {city: {type: 'string'}},
      required: ['city'],
    });
    const weather = tool({description: 'The weather', inputSchema: parameters});
    const {toolCalls} = await generateText({
      model: provider(servedModel),
      prompt,
      tools: {weather},
      toolChoice: {type: 'tool', toolName: 'weather'},
      maxRetries: 0,
    });
    expect(toolCalls).toMatchObject([{toolName: 'weather', input: {city: expect.any(String)}}]);
  });

  it('gets an object in a schema', async () => {
    const schema = jsonSchema<{answer: string}>({
      type: 'object',
      properties: {answer: {type: 'string'}},
      required: ['answer'],
    });
    const {object} = await generateObject({model: provider(servedModel), prompt, schema, maxRetries: 0});
    expect(object).toEqual({answer: expect.any(String)});
  });

  it('embeds many texts', async () => {
    const model = provider.textEmbeddingModel(servedModel);
    const {embeddings, usage} = await embedMany({model, values: ['a', 'b', 'c'], maxRetries: 0});
    expect(embeddings).toHaveLength(3);
    expect(usage.tokens).toBeGreaterThan(0);
  });

  it('meets errors with their status and text', async () => {
    const call = generateText({model: provider('nope'), prompt, maxRetries: 0});
    await expect(call).rejects.toMatchObject({statusCode: 404, message: expect.stringContaining('does not exist')});
  });
});
