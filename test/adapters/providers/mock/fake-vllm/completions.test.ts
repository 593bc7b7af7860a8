import {describe, expect, it} from 'vitest';
import {readEvents, startFake} from './in-process-server.ts';

const USER = [{role: 'user', content: 'Tell me about the harbour.'}];
const CHAT = '/v1/chat/completions';

describe('fake vLLM text completions, tokens and embeddings', () => {
  it('completes several prompts with several choices each, 16 tokens unless told otherwise', async () => {
    await using fake = await startFake();
    const response = await fake.post('/v1/completions', {prompt: ['one harbour', [1, 2, 3]], n: 2, ignore_eos: true});
    const answer = (await response.json()) as {
      object: string;
      choices: {index: number}[];
      usage: Record<string, number>;
    };
    expect(answer.object).toBe('text_completion');
    expect(answer.choices.map(({index}) => index)).toEqual([0, 1, 2, 3]);
    expect(answer.usage).toMatchObject({prompt_tokens: 5, completion_tokens: 64, total_tokens: 69});
  });

  it('streams text without a role frame', async () => {
    await using fake = await startFake();
    const ask = {prompt: 'harbour', max_tokens: 3, stream: true, ignore_eos: true};
    const events = await readEvents(await fake.post('/v1/completions', ask));
    expect(events).toHaveLength(4);
    expect(JSON.parse(events[0] ?? '')).toMatchObject({
      object: 'text_completion',
      choices: [{index: 0, text: expect.any(String)}],
    });
  });

  it('gives log probabilities per token', async () => {
    await using fake = await startFake();
    const chat = {messages: USER, max_tokens: 4, logprobs: true, top_logprobs: 2};
    expect(await (await fake.post(CHAT, chat)).json()).toMatchObject({
      choices: [{logprobs: {content: Array.from({length: 4}, () => ({top_logprobs: [{}, {}]}))}}],
    });
    const text = await fake.post('/v1/completions', {prompt: 'harbour', max_tokens: 4, logprobs: 1, echo: true});
    const {choices} = (await text.json()) as {choices: {text: string; logprobs: {tokens: string[]}}[]};
    expect(choices[0]?.text).toBe(`harbour${choices[0]?.logprobs.tokens.join('')}`);
  });

  it('tokenizes and gives the text back', async () => {
    await using fake = await startFake();
    const {tokens, count} = (await (await fake.post('/tokenize', {prompt: 'Grüße, 42 boats'})).json()) as {
      tokens: number[];
      count: number;
    };
    expect(count).toBe(tokens.length);
    expect(await (await fake.post('/detokenize', {tokens})).json()).toEqual({prompt: 'Grüße, 42 boats'});
    expect((await fake.post('/detokenize', {tokens: [99_999_999]})).status).toBe(400);
  });

  it('embeds texts as unit vectors, the same each time, in both encodings', async () => {
    await using fake = await startFake('--embedding-dim', '8');
    const ask = {input: ['the harbour', 'the market'], model: 'acme/chat-8b'};
    const floats = (await (await fake.post('/v1/embeddings', ask)).json()) as {
      data: {embedding: number[]}[];
      usage: Record<string, number>;
    };
    expect(floats.usage).toMatchObject({prompt_tokens: 4, total_tokens: 4, completion_tokens: 0});
    for (const {embedding} of floats.data) expect(Math.hypot(...embedding)).toBeCloseTo(1);
    const coded = (await (await fake.post('/v1/embeddings', {...ask, encoding_format: 'base64'})).json()) as {
      data: {embedding: string}[];
    };
    const bytes = Buffer.from(coded.data[1]?.embedding ?? '', 'base64');
    const decoded = Array.from({length: 8}, (_, at) => bytes.readFloatLE(at * 4));
    expect(decoded.map(value => value.toFixed(5))).toEqual(floats.data[1]?.embedding.map(value => value.toFixed(5)));
    expect((await fake.post('/v1/embeddings', {...ask, dimensions: 4})).status).toBe(400);
  });
});
