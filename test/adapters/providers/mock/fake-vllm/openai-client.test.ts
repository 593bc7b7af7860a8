import OpenAI from 'openai';
import {describe, expect, it} from 'vitest';
import {type RunningFake, startFake, until} from './in-process-server.ts';

const MODEL = 'acme/chat-8b';
const messages = [{role: 'user' as const, content: 'Tell me about the harbour.'}];
const clientOf = (fake: RunningFake, apiKey = 'secret'): OpenAI =>
  new OpenAI({baseURL: `${fake.url}/v1`, apiKey, maxRetries: 0});

describe('the official openai client against the fake vLLM', () => {
  it('lists models, chats, completes and embeds', async () => {
    await using fake = await startFake('--api-key', 'secret');
    const client = clientOf(fake);
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual([MODEL]);
    const chat = await client.chat.completions.create({model: MODEL, messages, max_completion_tokens: 9});
    expect(chat.choices[0]?.message.content).not.toBe('');
    expect(chat.usage?.completion_tokens).toBe(9);
    const text = await client.completions.create({model: MODEL, prompt: 'The harbour', max_tokens: 4});
    expect(text.choices[0]?.finish_reason).toBe('length');
    const embedding = await client.embeddings.create({model: MODEL, input: 'The harbour'});
    expect(embedding.data[0]?.embedding).toHaveLength(384);
    expect(Math.hypot(...(embedding.data[0]?.embedding ?? []))).toBeCloseTo(1);
  });

  it('streams a chat, with usage when asked', async () => {
    await using fake = await startFake();
    const stream = await clientOf(fake).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
      stream_options: {include_usage: true},
      max_tokens: 7,
    });
    let frames = 0;
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) frames += 1;
      usage = chunk.usage ?? usage;
    }
    expect(frames).toBe(7);
    expect(usage?.completion_tokens).toBe(7);
  });

  it('assembles a streamed tool call', async () => {
    await using fake = await startFake();
    const runner = clientOf(fake).chat.completions.stream({
      model: MODEL,
      messages,
      tool_choice: 'required',
      tools: [
        {
          type: 'function',
          function: {name: 'weather', parameters: {type: 'object', properties: {city: {type: 'string'}}}},
        },
      ],
    });
    const call = (await runner.finalChatCompletion()).choices[0]?.message.tool_calls?.[0];
    expect(call).toMatchObject({type: 'function', function: {name: 'weather'}});
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({city: expect.any(String)});
  });

  it('gets the typed errors for a wrong key, an unknown model and too long a prompt', async () => {
    await using fake = await startFake('--api-key', 'secret', '--max-model-len', '64');
    const chat = (client: OpenAI, model: string, maxTokens: number) =>
      client.chat.completions.create({model, messages, max_tokens: maxTokens});
    await expect(chat(clientOf(fake, 'wrong'), MODEL, 1)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(chat(clientOf(fake), 'nope', 1)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const tooLong = chat(clientOf(fake), MODEL, 64);
    await expect(tooLong).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(tooLong).rejects.toThrow(/context length/);
  });

  it('frees the slot when it aborts a stream', async () => {
    await using fake = await startFake('--max-num-seqs', '1', '--itl-ms', '5');
    const options = {model: MODEL, messages, stream: true as const, max_tokens: 10_000, stop: ['never said']};
    const stream = await clientOf(fake).chat.completions.create(options);
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    const {requests, aborted} = await until(fake.stats, stats => stats.requests.open === 0);
    expect(requests).toMatchObject({aborted: 1, running: 0});
    expect(aborted[0]?.sentTokens).toBeGreaterThan(0);
  });

  it('sees an error frame in mid-stream as an error', async () => {
    await using fake = await startFake();
    await fetch(`${fake.controlUrl}/fail`, {
      method: 'POST',
      body: JSON.stringify({mode: 'stream_error', afterTokens: 2}),
    });
    const stream = await clientOf(fake).chat.completions.create({model: MODEL, messages, stream: true});
    const read = async (): Promise<void> => {
      for await (const chunk of stream) void chunk;
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});
