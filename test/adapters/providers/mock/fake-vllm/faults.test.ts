import {describe, expect, it} from 'vitest';
import {readEvents, startFake, until} from './in-process-server.ts';

const USER = [{role: 'user', content: 'Tell me about the harbour.'}];
const CHAT = '/v1/chat/completions';

describe('fake vLLM under load and faults', () => {
  it('queues what has no slot, reports it, and refuses beyond its cap with 503, never 429', async () => {
    await using fake = await startFake('--max-num-seqs', '1', '--max-num-queued-reqs', '2', '--itl-ms', '5');
    const ask = {messages: USER, max_tokens: 40, ignore_eos: true};
    const first = fake.post(CHAT, ask);
    await until(fake.stats, ({requests}) => requests.running === 1);
    const second = fake.post(CHAT, ask);
    await until(fake.stats, ({requests}) => requests.waiting === 1);
    expect(await fake.metric('vllm:num_requests_waiting{engine="0",model_name="acme/chat-8b"}')).toBe(1);
    const third = await fake.post(CHAT, ask);
    expect([third.status, await third.json()]).toMatchObject([503, {error: {type: 'Service Unavailable', code: 503}}]);
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    const {requests} = await fake.stats();
    expect(requests).toMatchObject({received: 3, finished: 2, rejected: 1, open: 0});
  });

  it.each([true, false])('frees the slot at once when the client goes away (stream: %s)', async stream => {
    await using fake = await startFake('--max-num-seqs', '1', '--itl-ms', '10');
    const leaving = new AbortController();
    const body = JSON.stringify({messages: USER, stream, ignore_eos: true});
    const left = fetch(`${fake.url}${CHAT}`, {method: 'POST', body, signal: leaving.signal});
    await until(fake.stats, ({requests}) => requests.running === 1);
    await until(
      () => fake.metric('vllm:generation_tokens_total{engine="0",model_name="acme/chat-8b"}'),
      tokens => tokens > 2,
    );
    leaving.abort();
    const atMs = Date.now();
    await expect(left.then(response => response.text())).rejects.toThrow(/abort/i);
    const {aborted, tokens, engines} = await until(fake.stats, ({requests}) => requests.aborted === 1);
    expect((aborted[0]?.endedAtMs ?? 0) - atMs).toBeLessThan(1000);
    expect(aborted[0]).toMatchObject({abortedIn: 'decode', id: expect.stringMatching(/^chatcmpl-/)});
    expect(tokens.aborted?.completion).toBe(aborted[0]?.completionTokens);
    expect(engines[0]).toMatchObject({running: 0, kvBlocksUsed: 0});
    const next = await fake.post(CHAT, {messages: USER, max_tokens: 1});
    expect(next.status).toBe(200);
    for (const reason of ['stop', 'abort', 'error']) {
      const series = `vllm:request_success_total{engine="0",finished_reason="${reason}",model_name="acme/chat-8b"}`;
      expect(await fake.metric(series)).toBe(0);
    }
  });

  it('adds up: the ledger equals the usage of every answer and the engine counters', async () => {
    await using fake = await startFake('--max-num-seqs', '4');
    const asks = Array.from({length: 24}, (_, index) => ({
      messages: [{role: 'user', content: `question ${index} about the harbour`}],
      stream: index % 2 === 0,
      ...(index % 2 === 0 && {stream_options: {include_usage: true}}),
    }));
    const usages = await Promise.all(
      asks.map(async ask => {
        const response = await fake.post(CHAT, ask);
        const text = ask.stream ? ((await readEvents(response)).at(-2) ?? '') : await response.text();
        return (JSON.parse(text) as {usage: {prompt_tokens: number; completion_tokens: number}}).usage;
      }),
    );
    const embedded = (await (await fake.post('/v1/embeddings', {input: 'harbour market'})).json()) as {
      usage: {prompt_tokens: number};
    };
    const prompt = usages.reduce((sum, usage) => sum + usage.prompt_tokens, embedded.usage.prompt_tokens);
    const completion = usages.reduce((sum, usage) => sum + usage.completion_tokens, 0);
    const {tokens} = await fake.stats();
    expect(tokens.finished).toEqual({prompt, completion});
    expect(tokens.total).toEqual({prompt, completion});
    const labels = '{engine="0",model_name="acme/chat-8b"}';
    expect(await fake.metric(`vllm:prompt_tokens_total${labels}`)).toBe(prompt);
    expect(await fake.metric(`vllm:generation_tokens_total${labels}`)).toBe(completion);
  });

  it('balances over data-parallel engines and labels each', async () => {
    await using fake = await startFake('--data-parallel-size', '2');
    await Promise.all([1, 2, 3, 4].map(() => fake.post(CHAT, {messages: USER, max_tokens: 20, ignore_eos: true})));
    const counts = ['0', '1'].map(engine =>
      fake.metric(`vllm:request_success_total{engine="${engine}",finished_reason="length",model_name="acme/chat-8b"}`),
    );
    expect(await Promise.all(counts)).toEqual([2, 2]);
  });

  it('merges steps for a client that does not read, without losing a token', async () => {
    await using fake = await startFake('--itl-ms', '0');
    const tokens = 3000;
    const ask = {
      messages: USER,
      stream: true,
      ignore_eos: true,
      max_tokens: tokens,
      stream_options: {include_usage: true},
    };
    // The id is in every frame: a long one fills the socket's buffers soon.
    const response = await fake.post(CHAT, ask, {'x-request-id': 'x'.repeat(10_000)});
    const series = 'vllm:generation_tokens_total{engine="0",model_name="acme/chat-8b"}';
    await until(
      () => fake.metric(series),
      count => count === tokens,
    );
    const events = await readEvents(response);
    expect(events.length).toBeLessThan(tokens);
    expect(JSON.parse(events.at(-2) ?? '')).toMatchObject({choices: [], usage: {completion_tokens: tokens}});
    const text = events.slice(1, -2).map(event => {
      const {choices} = JSON.parse(event) as {choices: {delta: {content?: string}}[]};
      return choices[0]?.delta.content ?? '';
    });
    const {count} = (await (await fake.post('/tokenize', {prompt: text.join('')})).json()) as {count: number};
    expect(count).toBe(tokens);
  });

  it('sends an error frame and DONE in mid-stream when armed, once', async () => {
    await using fake = await startFake();
    const arm = {method: 'POST', body: JSON.stringify({mode: 'stream_error', afterTokens: 3})};
    expect((await fetch(`${fake.controlUrl}/fail`, arm)).status).toBe(200);
    const events = await readEvents(await fake.post(CHAT, {messages: USER, stream: true}));
    expect(events).toHaveLength(6);
    expect(JSON.parse(events.at(-2) ?? '')).toMatchObject({error: {code: 500, type: 'InternalServerError'}});
    expect(events.at(-1)).toBe('[DONE]');
    const fine = await readEvents(await fake.post(CHAT, {messages: USER, stream: true}));
    expect(fine.length).toBeGreaterThan(6);
    expect((await fake.stats()).requests).toMatchObject({failed: 1, finished: 1});
  });

  it('cuts the connection in mid-stream when armed', async () => {
    await using fake = await startFake();
    await fetch(`${fake.controlUrl}/fail`, {method: 'POST', body: JSON.stringify({mode: 'drop', afterTokens: 2})});
    const response = await fake.post(CHAT, {messages: USER, stream: true});
    await expect(response.text()).rejects.toThrow();
    expect((await fake.stats()).requests).toMatchObject({failed: 1, running: 0});
  });

  it('is full, slow or wedged when armed, healthy all the while, and itself again after a reset', async () => {
    await using fake = await startFake();
    const arm = (body: unknown) => fetch(`${fake.controlUrl}/fail`, {method: 'POST', body: JSON.stringify(body)});
    await arm({mode: 'queue_full', count: 1});
    expect((await fake.post(CHAT, {messages: USER})).status).toBe(503);
    await arm({mode: 'slow', factor: 3});
    await arm({mode: 'wedge'});
    const stuck = fake.post(CHAT, {messages: USER, max_tokens: 2});
    await until(fake.stats, ({requests}) => requests.running === 1);
    expect((await fetch(`${fake.url}/health`)).status).toBe(200);
    expect((await fake.stats()).faults).toMatchObject({wedged: true, slowFactor: 3});
    await fetch(`${fake.controlUrl}/reset`, {method: 'POST'});
    expect((await stuck).status).toBe(200);
    expect((await fake.stats()).faults).toMatchObject({wedged: false, slowFactor: 1});
    expect((await arm({mode: 'explode'})).status).toBe(400);
  });

  it('fails what runs when the engine dies, is unhealthy, and then exits', async () => {
    await using fake = await startFake('--itl-ms', '20');
    const stream = await fake.post(CHAT, {messages: USER, stream: true, ignore_eos: true});
    const whole = fake.post(CHAT, {messages: USER, ignore_eos: true});
    await until(fake.stats, ({requests}) => requests.running === 2);
    await fetch(`${fake.controlUrl}/fail`, {
      method: 'POST',
      body: JSON.stringify({mode: 'die', exitCode: 3, lingerMs: 1}),
    });
    expect((await fetch(`${fake.url}/health`)).status).toBe(503);
    const events = await readEvents(stream);
    expect(JSON.parse(events.at(-2) ?? '')).toMatchObject({error: {code: 500}});
    expect(events.at(-1)).toBe('[DONE]');
    expect([(await whole).status, await (await whole).json()]).toMatchObject([
      500,
      {error: {type: 'InternalServerError'}},
    ]);
    expect((await fake.post(CHAT, {messages: USER})).status).toBe(500);
    await until(
      () => fake.exits.length,
      count => count > 0,
    );
    expect(fake.exits).toEqual([3]);
    expect(fake.log()).toContain('EngineDeadError');
  });
});
