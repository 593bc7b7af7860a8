import Anthropic from '@anthropic-ai/sdk';
import OpenAI, {toFile} from 'openai';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {UsageRecord} from '../../src/core/finops/usage.ts';
import {post, ServeBench, secret, workerKey} from './support/bench.ts';
import {FakeVllm} from './support/fake-vllm.ts';
import {servedModel} from './support/scripted-upstream.ts';

let bench: ServeBench;
let engine: FakeVllm;
let url: string;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  engine = await FakeVllm.start(servedModel, [
    '--api-key',
    workerKey,
    '--reasoning-parser',
    'qwen3',
    '--output-len',
    '40',
  ]);
  bench = await ServeBench.open();
  await bench.addKey();
  await bench.addWorker(engine.url);
  ({url} = await bench.serve());
  openai = new OpenAI({baseURL: `${url}/v1`, apiKey: secret, maxRetries: 0});
  anthropic = new Anthropic({baseURL: url, apiKey: secret, maxRetries: 0});
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

/** What the ledger holds of one call, beside what the engine says that it cost. */
async function billed(call: () => Promise<unknown>): Promise<{line: UsageRecord; engine: object | null}> {
  // What was asked before is in the ledger by now, so that the next new line is this call's.
  await bench.eventually(async () =>
    (await bench.metrics()).includes('inventiv_usage_queue_records 0\n') ? true : null,
  );
  const known = new Set((await bench.store.usage.list(bench.scope, {limit: 5000})).map(({requestId}) => requestId));
  await call();
  const line = await bench.eventually(async () => {
    const records = await bench.store.usage.list(bench.scope, {limit: 5000});
    return records.find(({requestId}) => !known.has(requestId)) ?? null;
  });
  const record = (await engine.records()).find(({xRequestId}) => xRequestId === `${line.requestId}-1`);
  const {promptTokens, completionTokens} = record ?? {};
  return {line, engine: record === undefined ? null : {promptTokens, completionTokens}};
}

describe('responses', () => {
  const input = 'Tell me about Paris.';

  it('answers whole, and bills what the engine counted', async () => {
    let text = '';
    const {line, engine} = await billed(async () => {
      const response = await openai.responses.create({model: servedModel, instructions: 'Be brief.', input});
      text = response.output_text;
      expect(response).toMatchObject({object: 'response', status: 'completed', model: servedModel});
    });
    expect(text).not.toBe('');
    expect(line).toMatchObject({endpoint: '/v1/responses', outcome: 'completed', estimated: false, ...engine});
    expect(line.completionTokens).toBe(40);
  });

  it('streams the same text in named events, without [DONE], and bills it with its reasoning', async () => {
    const whole = await openai.responses.create({model: servedModel, input});
    let text = '';
    const types: string[] = [];
    const {line, engine} = await billed(async () => {
      for await (const event of await openai.responses.create({model: servedModel, input, stream: true})) {
        types.push(event.type);
        if (event.type === 'response.output_text.delta') text += event.delta;
      }
    });
    expect(text).toBe(whole.output_text);
    expect(types.slice(0, 2)).toEqual(['response.created', 'response.in_progress']);
    expect(types.at(-1)).toBe('response.completed');
    expect(line).toMatchObject({streamed: true, estimated: false, ...engine});
    expect(line.reasoningTokens).toBeGreaterThan(0);
    const raw = await post(`${url}/v1/responses`, {model: servedModel, input, stream: true});
    expect(await raw.text()).not.toContain('[DONE]');
  });

  it.each([
    ['background', {background: true}],
    ['previous_response_id', {previous_response_id: 'resp_1'}],
  ])('refuses %s, because nothing is kept', async (param, more) => {
    const answer = await post(`${url}/v1/responses`, {model: servedModel, input, ...more});
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({error: {param, type: 'invalid_request_error'}});
  });

  it('finds no answer by its id', async () => {
    await expect(openai.responses.retrieve('resp_1')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(openai.responses.cancel('resp_1')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });
});

describe('messages', () => {
  const request = {
    model: servedModel,
    max_tokens: 100,
    system: 'Be brief.',
    messages: [{role: 'user' as const, content: 'Tell me about Paris.'}],
  };

  it('answers whole, and bills what the engine counted', async () => {
    const {line, engine} = await billed(async () => {
      const message = await anthropic.messages.create(request);
      expect(message).toMatchObject({type: 'message', role: 'assistant', stop_reason: 'end_turn'});
      expect(message.usage.output_tokens).toBe(40);
    });
    expect(line).toMatchObject({endpoint: '/v1/messages', estimated: false, ...engine});
  });

  it('streams the same blocks, and bills them', async () => {
    const whole = await anthropic.messages.create(request);
    const {line, engine} = await billed(async () => {
      const streamed = await anthropic.messages.stream(request).finalMessage();
      expect(streamed.content).toMatchObject(whole.content.map(({type}) => ({type})));
      expect(streamed.usage.output_tokens).toBe(40);
    });
    expect(line).toMatchObject({streamed: true, estimated: false, ...engine});
  });

  it('calls tools', async () => {
    const tools = [{name: 'weather', input_schema: {type: 'object' as const, properties: {city: {type: 'string'}}}}];
    const message = await anthropic.messages.create({...request, tools, tool_choice: {type: 'tool', name: 'weather'}});
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content.at(-1)).toMatchObject({type: 'tool_use', name: 'weather'});
  });

  it('counts tokens as the engine does, free of charge', async () => {
    let counted = 0;
    const {line} = await billed(async () => {
      const {max_tokens: _, ...rest} = request;
      counted = (await anthropic.messages.countTokens(rest)).input_tokens;
    });
    expect(counted).toBe((await anthropic.messages.create(request)).usage.input_tokens);
    expect(line).toMatchObject({endpoint: '/v1/messages/count_tokens', promptTokens: 0, estimated: false});
  });

  it('fails in the way its clients know', async () => {
    const wrongKey = new Anthropic({baseURL: url, apiKey: 'wrong', maxRetries: 0});
    await expect(wrongKey.messages.create(request)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    await expect(anthropic.messages.create({...request, model: 'nope'})).rejects.toBeInstanceOf(
      Anthropic.NotFoundError,
    );
    await expect(
      anthropic.messages.create({...request, max_tokens: 10_000, system: 'long '.repeat(30_000)}),
    ).rejects.toMatchObject({
      status: 400,
      error: {type: 'error', error: {type: 'invalid_request_error'}, request_id: expect.stringMatching(/^req_/)},
    });
    const wrongMethod = await fetch(`${url}/v1/messages`);
    expect(wrongMethod.status).toBe(405);
    expect(await wrongMethod.json()).toMatchObject({type: 'error', error: {type: 'invalid_request_error'}});
  });
});

describe('rerank and score', () => {
  it.each(['/v1/rerank', '/v2/rerank', '/rerank'])(
    'puts documents in order at %s, and bills what was read',
    async path => {
      const body = {model: servedModel, query: 'the old city', documents: ['a piece of cake', 'the old city of Paris']};
      const {line, engine} = await billed(async () => {
        const answer = await post(`${url}${path}`, body);
        expect(await answer.json()).toMatchObject({
          results: [{index: 1, document: {text: body.documents[1]}}, {index: 0}],
        });
      });
      expect(line).toMatchObject({endpoint: '/v1/rerank', estimated: false, completionTokens: 0, ...engine});
      expect(line.promptTokens).toBeGreaterThan(0);
    },
  );

  it('scores pairs', async () => {
    const {line, engine} = await billed(async () => {
      const answer = await post(`${url}/v1/score`, {model: servedModel, text_1: 'city', text_2: ['city', 'cake']});
      const {data} = (await answer.json()) as {data: {score: number}[]};
      expect(data[0]?.score).toBeGreaterThan(data[1]?.score ?? 1);
    });
    expect(line).toMatchObject({endpoint: '/v1/score', ...engine});
  });
});

describe('tokenize and detokenize', () => {
  it('turn a text into tokens and back, free of charge', async () => {
    const {line} = await billed(async () => {
      const {tokens} = (await (await post(`${url}/tokenize`, {model: servedModel, prompt: 'Paris'})).json()) as {
        tokens: number[];
      };
      const back = await post(`${url}/v1/detokenize`, {model: servedModel, tokens});
      expect(await back.json()).toEqual({prompt: 'Paris'});
    });
    expect(line).toMatchObject({promptTokens: 0, completionTokens: 0, estimated: false});
  });
});

describe('transcriptions', () => {
  const speech = () => toFile(Buffer.alloc(32_000), 'speech.mp3', {type: 'audio/mpeg'});

  it('hear a file, under an alias too, and bill its length', async () => {
    const {line} = await billed(async () => {
      const heard = await openai.audio.transcriptions.create({model: servedModel, file: await speech()});
      expect(heard.text).not.toBe('');
    });
    expect(line).toMatchObject({endpoint: '/v1/audio/transcriptions', outcome: 'completed', audioMs: 2000});
  });

  it('stream, and bill tokens that the client did not ask to see', async () => {
    let text = '';
    const {line, engine} = await billed(async () => {
      const form = new FormData();
      form.set('model', servedModel);
      form.set('stream', 'true');
      form.set('vllm_xargs', '{}');
      form.set('file', new Blob([Buffer.alloc(32_000)]), 'a.mp3');
      const answer = await fetch(`${url}/v1/audio/transcriptions`, {
        method: 'POST',
        headers: {authorization: `Bearer ${secret}`},
        body: form,
      });
      text = await answer.text();
    });
    expect(text).not.toContain('usage');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(line).toMatchObject({streamed: true, estimated: false, ...engine});
  });

  it.each([
    ['no form', {'content-type': 'application/json'}, '{}', 415],
    ['a form that is cut', {'content-type': 'multipart/form-data; boundary=x'}, '--x\r\ncontent-disp', 400],
    ['a form without model', {'content-type': 'multipart/form-data; boundary=x'}, '--x--\r\n', 400],
  ])('refuse %s', async (_what, headers, body, status) => {
    const answer = await post(`${url}/v1/audio/transcriptions`, body, headers);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({error: {type: 'invalid_request_error'}});
  });
});
