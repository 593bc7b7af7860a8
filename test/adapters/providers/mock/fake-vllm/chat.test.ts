import {describe, expect, it} from 'vitest';
import {readEvents, startFake} from './in-process-server.ts';

const USER = [{role: 'user', content: 'Tell me about the harbour.'}];
const CHAT = '/v1/chat/completions';

describe('fake vLLM chat completions', () => {
  it('has exactly the fields of vLLM in a whole answer', async () => {
    await using fake = await startFake('--output-len', '6');
    const response = await fake.post(CHAT, {messages: USER}, {'x-request-id': 'trace-1'});
    const answer = (await response.json()) as Record<string, unknown>;
    expect(answer).toEqual({
      id: 'chatcmpl-trace-1',
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'acme/chat-8b',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: expect.any(String),
            refusal: null,
            annotations: null,
            audio: null,
            function_call: null,
            tool_calls: [],
            reasoning: null,
          },
          logprobs: null,
          finish_reason: 'stop',
          stop_reason: null,
          token_ids: null,
        },
      ],
      service_tier: null,
      system_fingerprint: expect.stringMatching(/^vllm-0\.27\.1-tp1-[0-9a-f]{8}$/),
      usage: {
        prompt_tokens: expect.any(Number),
        total_tokens: expect.any(Number),
        completion_tokens: 6,
        prompt_tokens_details: null,
      },
      prompt_logprobs: null,
      prompt_token_ids: null,
      kv_transfer_params: null,
    });
  });

  it('streams role, one frame per token, finish with the last one, usage only when asked, then DONE', async () => {
    await using fake = await startFake('--output-len', '5');
    const plain = await readEvents(await fake.post(CHAT, {messages: USER, stream: true}));
    expect(plain.at(-1)).toBe('[DONE]');
    const frames = plain.slice(0, -1).map(text => JSON.parse(text) as Record<string, never>);
    expect(frames).toHaveLength(6);
    expect(frames[0]).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{16}$/),
      object: 'chat.completion.chunk',
      created: expect.any(Number),
      model: 'acme/chat-8b',
      choices: [{index: 0, delta: {role: 'assistant', content: ''}, logprobs: null, finish_reason: null}],
      prompt_token_ids: null,
    });
    expect(frames.at(-1)).toMatchObject({choices: [{finish_reason: 'stop', stop_reason: null, token_ids: null}]});
    expect(frames.some(frame => 'usage' in frame)).toBe(false);
  });

  it('says the same in a stream as in a whole answer, and the same again in another process', async () => {
    const ask = {messages: USER, max_tokens: 30, n: 2, seed: 11};
    const whole = async (): Promise<string[]> => {
      await using fake = await startFake('--seed', '5');
      const {choices} = (await (await fake.post(CHAT, ask)).json()) as {choices: {message: {content: string}}[]};
      return choices.map(({message}) => message.content);
    };
    await using fake = await startFake('--seed', '5');
    const texts = ['', ''];
    for (const event of await readEvents(await fake.post(CHAT, {...ask, stream: true}))) {
      if (event === '[DONE]') continue;
      const {choices} = JSON.parse(event) as {choices: {index: number; delta: {content?: string}}[]};
      for (const {index, delta} of choices) texts[index] += delta.content ?? '';
    }
    expect(await whole()).toEqual(texts);
    expect(await whole()).toEqual(texts);
    expect(texts[0]).not.toBe(texts[1]);
    await using other = await startFake('--seed', '6');
    const {choices} = (await (await other.post(CHAT, ask)).json()) as {choices: {message: {content: string}}[]};
    expect(choices[0]?.message.content).not.toBe(texts[0]);
  });

  it('counts exactly the tokens that it sent', async () => {
    await using fake = await startFake();
    const ask = {
      messages: USER,
      stream: true,
      stream_options: {include_usage: true, continuous_usage_stats: true},
      n: 2,
    };
    const events = await readEvents(await fake.post(CHAT, {...ask, max_tokens: 25}));
    const frames = events.slice(0, -1).map(
      event =>
        JSON.parse(event) as {
          choices: {index: number; delta: {content?: string}; finish_reason: string | null}[];
          usage: {prompt_tokens: number; completion_tokens: number; total_tokens: number};
        },
    );
    const last = frames.at(-1);
    expect(last?.choices).toEqual([]);
    const lastPerChoice = [0, 1].map(
      index => frames.filter(({choices}) => choices[0]?.index === index).at(-1)?.usage.completion_tokens ?? 0,
    );
    expect(lastPerChoice[0]).toBe(25);
    expect(last?.usage.completion_tokens).toBe((lastPerChoice[0] ?? 0) + (lastPerChoice[1] ?? 0));
    expect(frames[0]?.usage.completion_tokens).toBe(0);
    const prompt = (await (await fake.post('/tokenize', {messages: USER})).json()) as {count: number};
    expect(last?.usage.prompt_tokens).toBe(prompt.count);
    const text = frames
      .filter(({choices}) => choices[0]?.index === 0)
      .map(({choices}) => choices[0]?.delta.content ?? '');
    const counted = (await (await fake.post('/tokenize', {prompt: text.join('')})).json()) as {count: number};
    expect(counted.count).toBe(25);
    expect(await fake.metric('vllm:generation_tokens_total{engine="0",model_name="acme/chat-8b"}')).toBe(
      last?.usage.completion_tokens,
    );
  });

  it('stops at a stop string without showing any of it, and names it', async () => {
    await using fake = await startFake();
    const ask = {messages: USER, max_tokens: 60, ignore_eos: true};
    const full = (await (await fake.post(CHAT, ask)).json()) as {choices: {message: {content: string}}[]};
    const text = full.choices[0]?.message.content ?? '';
    const stop = text.slice(40, 47);
    const events = await readEvents(await fake.post(CHAT, {...ask, stop: [stop, 'never said'], stream: true}));
    const deltas = events
      .slice(0, -1)
      .map(
        event =>
          JSON.parse(event) as {choices: {delta: {content?: string}; finish_reason: string; stop_reason: unknown}[]},
      );
    expect(deltas.map(({choices}) => choices[0]?.delta.content ?? '').join('')).toBe(text.slice(0, text.indexOf(stop)));
    expect(deltas.at(-1)?.choices[0]).toMatchObject({finish_reason: 'stop', stop_reason: stop});
  });

  it('calls the tool that it is told to call with arguments that fit its schema', async () => {
    await using fake = await startFake();
    const parameters = {
      type: 'object',
      properties: {
        city: {type: 'string'},
        unit: {enum: ['celsius', 'kelvin']},
        days: {type: 'integer', minimum: 1, maximum: 9},
      },
    };
    const tools = [{type: 'function', function: {name: 'weather', parameters}}];
    const named = {type: 'function', function: {name: 'weather'}};
    const ask = {messages: USER, tools, tool_choice: named};
    const whole = (await (await fake.post(CHAT, ask)).json()) as {
      choices: {
        finish_reason: string;
        message: {tool_calls: {id: string; function: {name: string; arguments: string}}[]};
      }[];
    };
    const call = whole.choices[0]?.message.tool_calls[0];
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls');
    expect(call?.function.name).toBe('weather');
    expect(JSON.parse(call?.function.arguments ?? '')).toEqual({
      city: expect.any(String),
      unit: expect.stringMatching(/celsius|kelvin/),
      days: expect.any(Number),
    });
    const events = await readEvents(await fake.post(CHAT, {...ask, tool_choice: 'required', stream: true}));
    const calls = events.slice(1, -1).map(event => {
      const {choices} = JSON.parse(event) as {
        choices: {delta: {tool_calls: {id?: string; index: number; function: {name?: string; arguments: string}}[]}}[];
      };
      return choices[0]?.delta.tool_calls[0];
    });
    expect(calls[0]).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-tool-/),
      function: {name: 'weather', arguments: ''},
    });
    expect(calls.slice(1).every(part => part?.id === undefined && part?.index === 0)).toBe(true);
    expect(calls.map(part => part?.function.arguments).join('')).toBe(call?.function.arguments);
  });

  it('refuses an automatic tool choice without the server flags, and answers in text with them', async () => {
    const tools = [{type: 'function', function: {name: 'f', parameters: {}}}];
    await using without = await startFake();
    const refused = await without.post(CHAT, {messages: USER, tools});
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      {error: {type: 'BadRequestError', message: expect.stringContaining('"auto" tool choice requires')}},
    ]);
    await using fake = await startFake('--enable-auto-tool-choice', '--tool-call-parser', 'hermes');
    expect((await fake.post(CHAT, {messages: USER, tools})).status).toBe(200);
  });

  it('thinks first when it has a reasoning parser', async () => {
    await using fake = await startFake('--reasoning-parser', 'qwen3');
    const ask = {messages: USER};
    const {choices, usage} = (await (await fake.post(CHAT, ask)).json()) as {
      choices: {message: {content: string; reasoning: string | null}}[];
      usage: {completion_tokens: number};
    };
    const {content = '', reasoning = null} = choices[0]?.message ?? {};
    expect(reasoning).not.toBeNull();
    expect(content).not.toBe('');
    const count = async (prompt: string | null): Promise<number> =>
      ((await (await fake.post('/tokenize', {prompt})).json()) as {count: number}).count;
    expect((await count(reasoning)) + (await count(content))).toBe(usage.completion_tokens);
    const off = (await (
      await fake.post(CHAT, {...ask, chat_template_kwargs: {enable_thinking: false}})
    ).json()) as typeof choices;
    expect(off).toMatchObject({choices: [{message: {reasoning: null}}]});
  });

  it('refuses what does not fit in the context and fills the rest of it when nothing is asked', async () => {
    await using fake = await startFake('--max-model-len', '64', '--itl-ms', '0');
    const refused = await fake.post(CHAT, {messages: USER, max_tokens: 64});
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      {
        error: {
          type: 'BadRequestError',
          code: 400,
          message: expect.stringMatching(/maximum context length is 64 tokens/),
        },
      },
    ]);
    const long = await fake.post(CHAT, {messages: [{role: 'user', content: 'word '.repeat(100)}]});
    expect(long.status).toBe(400);
    const filled = await fake.post(CHAT, {messages: USER, ignore_eos: true});
    expect(await filled.json()).toMatchObject({choices: [{finish_reason: 'length'}], usage: {total_tokens: 64}});
  });

  it.each([
    [{messages: USER, max_tokens: 'many'}, 'max_tokens'],
    [{}, 'messages'],
    [{messages: [{content: 'x'}]}, 'messages.0.role'],
    [{messages: USER, stream_options: {include_usage: true}}, 'stream_options'],
    [{messages: USER, n: 0}, 'n'],
    [{messages: USER, temperature: -1}, 'temperature'],
  ])('names the field that is wrong in %j', async (body, param) => {
    await using fake = await startFake();
    const response = await fake.post(CHAT, body);
    expect([response.status, await response.json()]).toMatchObject([400, {error: {param, code: 400}}]);
  });

  it('refuses a body that is no JSON object and ignores fields that it does not know', async () => {
    await using fake = await startFake();
    for (const body of ['{"messages":', '[]', '"x"']) {
      const response = await fetch(`${fake.url}${CHAT}`, {method: 'POST', body});
      expect([response.status, await response.json()]).toMatchObject([400, {error: {type: 'Bad Request', code: 400}}]);
    }
    expect((await fake.post(CHAT, {messages: USER, max_tokens: 1, no_such_field: {}})).status).toBe(200);
  });

  it('shows cached prompt tokens, request metrics, ids and load only when its flags or the caller ask', async () => {
    const flags = ['--enable-prompt-tokens-details', '--enable-per-request-metrics', '--enable-request-id-headers'];
    await using fake = await startFake(...flags);
    const ask = {messages: [{role: 'user', content: 'harbour '.repeat(40)}], max_tokens: 2};
    await fake.post(CHAT, ask);
    const headers = {'x-request-id': 'r-9', 'endpoint-load-metrics-format': 'JSON'};
    const response = await fake.post(CHAT, ask, headers);
    expect(response.headers.get('x-request-id')).toBe('r-9');
    expect(response.headers.get('endpoint-load-metrics')).toMatch(/"kv_cache_usage_perc":0.*"num_requests_waiting":0/);
    expect(await response.json()).toMatchObject({
      usage: {prompt_tokens_details: {cached_tokens: 48}},
      metrics: {time_to_first_token_ms: expect.any(Number), tokens_per_second: expect.any(Number)},
    });
  });
});
