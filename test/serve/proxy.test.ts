import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {aSpec} from '../contract/store/rows.ts';
import {chatBody, post, postChat, ServeBench, secret, workerKey} from './support/bench.ts';
import {
  answerJson,
  chatChunk,
  done,
  ScriptedUpstream,
  servedModel,
  shortAnswer,
  shortStream,
  usageChunk,
  usageOf,
} from './support/scripted-upstream.ts';

let bench: ServeBench;
let upstream: ScriptedUpstream;
let url: string;

beforeEach(async () => {
  bench = await ServeBench.open();
  upstream = new ScriptedUpstream(shortStream);
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
  ({url} = await bench.serve());
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

describe('an answer that is not streamed', () => {
  it('comes back as the worker gave it, and is on the bill', async () => {
    upstream.script = shortAnswer;
    const response = await postChat(url, chatBody);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({model: servedModel, usage: usageOf(14, 3)});
    const [record] = await bench.usage(1);
    expect(record).toMatchObject({
      outcome: 'completed',
      httpStatus: 200,
      endpoint: '/v1/chat/completions',
      streamed: false,
      promptTokens: 14,
      completionTokens: 3,
      estimated: false,
      modelHfId: servedModel,
    });
  });

  it('reaches the worker with its own key, our request id, and no header of the client', async () => {
    upstream.script = shortAnswer;
    const response = await postChat(url, chatBody, {
      cookie: 'a=b',
      'x-forwarded-for': '1.2.3.4',
      'x-request-id': 'mine-1',
    });
    expect(response.headers.get('x-request-id')).toBe('mine-1');
    const headers = upstream.seen[0]?.headers ?? {};
    expect(headers.authorization).toBe(`Bearer ${workerKey}`);
    expect(headers['x-request-id']).toMatch(/^req_[0-9a-z]{26}-1$/);
    expect(headers['accept-encoding']).toBe('identity');
    expect(Object.keys(headers)).not.toContain('cookie');
    expect(Object.keys(headers)).not.toContain('x-forwarded-for');
  });

  it('continues the trace of the client, and no trace that is none', async () => {
    upstream.script = shortAnswer;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await postChat(url, chatBody, {traceparent});
    await postChat(url, chatBody, {traceparent: 'nonsense'});
    expect(upstream.seen.map(({headers}) => headers.traceparent)).toEqual([traceparent, undefined]);
  });

  it('shows the client no header of the worker', async () => {
    upstream.script = (request, response) => {
      response.setHeader('set-cookie', 'a=b').setHeader('server', 'uvicorn').setHeader('x-request-id', 'theirs');
      void shortAnswer(request, response);
    };
    const {headers} = await postChat(url, chatBody);
    expect([headers.get('set-cookie'), headers.get('server')]).toEqual([null, null]);
    expect(headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('serves completions and embeddings', async () => {
    upstream.script = (_request, response) =>
      answerJson(response, 200, {model: servedModel, data: [], usage: usageOf(3, 0)});
    expect((await post(`${url}/v1/completions`, {model: servedModel, prompt: 'a'})).status).toBe(200);
    expect((await post(`${url}/v1/embeddings/`, {model: servedModel, input: 'a'})).status).toBe(200);
    expect(upstream.seen.map(({path}) => path)).toEqual(['/v1/completions', '/v1/embeddings']);
    expect((await bench.usage(2)).map(({promptTokens}) => promptTokens)).toEqual([3, 3]);
  });

  it('keeps a 64-bit seed to the last digit', async () => {
    upstream.script = shortAnswer;
    await postChat(url, `{"model":"${servedModel}","seed":12345678901234567890,"messages":[]}`);
    expect(upstream.seen[0]?.body).toContain('"seed":12345678901234567890');
  });
});

describe('a stream', () => {
  it('shows no usage to a client that did not ask, ends with one [DONE], and is on the bill', async () => {
    const response = await postChat(url, {...chatBody, stream: true});
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(await response.text()).toBe(chatChunk('Par', null) + chatChunk('is.', null, 'stop') + done);
    const [record] = await bench.usage(1);
    expect(record).toMatchObject({outcome: 'completed', streamed: true, promptTokens: 14, completionTokens: 2});
    expect(record?.firstTokenMs).toBeGreaterThanOrEqual(0);
  });

  it('shows usage to a client that asked for it', async () => {
    const response = await postChat(url, {...chatBody, stream: true, stream_options: {include_usage: true}});
    const text = await response.text();
    expect(text).toBe(chatChunk('Par', null) + chatChunk('is.', null, 'stop') + usageChunk(usageOf(14, 2)) + done);
  });

  it('asks the worker for running usage', async () => {
    await (await postChat(url, {...chatBody, stream: true})).text();
    expect(JSON.parse(upstream.seen[0]?.body ?? '').stream_options).toEqual({
      include_usage: true,
      continuous_usage_stats: true,
    });
  });

  it('stays an error with its own status when the worker refuses it', async () => {
    upstream.script = (_request, response) =>
      answerJson(response, 400, {
        error: {message: "model's maximum context length is 10", type: 'BadRequestError', param: null, code: 400},
      });
    const response = await postChat(url, {...chatBody, stream: true});
    expect(response.status).toBe(400);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await response.json()).toMatchObject({
      error: {type: 'invalid_request_error', code: 'context_length_exceeded'},
    });
    expect((await bench.usage(1))[0]).toMatchObject({outcome: 'failed', httpStatus: 400, promptTokens: 0});
  });
});

describe('names', () => {
  it('serves a model under an alias, and answers under it', async () => {
    const spec = aSpec({modelHfId: 'acme/other', servedModelName: 'short'});
    const second = new ScriptedUpstream((request, response) => {
      const {model} = JSON.parse(request.body);
      answerJson(response, 200, {model, choices: [], usage: usageOf(1, 1)});
    });
    await bench.addWorker(await second.listen(), {spec});
    const answer = await bench.eventually(async () => {
      const response = await post(`${url}/v1/chat/completions`, {...chatBody, model: 'acme/other'});
      return response.status === 200 ? response.json() : null;
    });
    expect(answer).toMatchObject({model: 'acme/other'});
    expect(JSON.parse(second.seen[0]?.body ?? '').model).toBe('short');
    await second[Symbol.asyncDispose]();
  });

  it('lists models, and shows one whose id holds a slash', async () => {
    const expected = {
      id: servedModel,
      object: 'model',
      created: expect.any(Number),
      owned_by: 'inventiv',
      max_model_len: 16_384,
    };
    expect(await getJson('/v1/models')).toEqual({object: 'list', data: [expected]});
    expect(await getJson('/v1/models/')).toEqual({object: 'list', data: [expected]});
    for (const path of [
      `/v1/models/${servedModel}`,
      `/v1/models/${servedModel.replace('/', '%2F')}`,
      `/v1/models/${servedModel}/`,
    ]) {
      expect(await getJson(path)).toEqual(expected);
    }
  });

  async function getJson(path: string): Promise<unknown> {
    return (await fetch(url + path, {headers: {'x-api-key': secret}})).json();
  }
});

describe('refusals', () => {
  it.each([
    ['no key', {authorization: ''}, chatBody, 401, 'invalid_api_key'],
    ['an unknown key', {authorization: 'Bearer inv-nope'}, chatBody, 401, 'invalid_api_key'],
    ['an unknown model', {}, {...chatBody, model: 'nope'}, 404, 'model_not_found'],
    ['no model', {}, {messages: []}, 400, 'missing_required_parameter'],
    ['broken JSON', {}, '{"model":', 400, 'invalid_json'],
    ['a line break in a name', {}, '{"model":"a\nb"}', 400, 'invalid_json'],
    ['a line break in a member with an escape', {}, '{"mod\\u0065l\n":1}', 400, 'invalid_json'],
    ['a body packed in an unknown way', {'content-encoding': 'zstd'}, chatBody, 415, 'unsupported_encoding'],
    ['a form', {'content-type': 'text/plain'}, chatBody, 415, 'unsupported_media_type'],
  ])('answers %s in OpenAI shape with a request id', async (_what, headers, body, status, code) => {
    const response = await postChat(url, body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(await response.json()).toEqual({
      error: {
        message: expect.any(String),
        type: 'invalid_request_error',
        param: status === 401 || status === 415 || code === 'invalid_json' ? null : 'model',
        code,
      },
    });
    expect(upstream.seen).toEqual([]);
  });

  it.each(['authorization', 'x-api-key', 'api-key'])('takes the key from %s', async name => {
    upstream.script = shortAnswer;
    const value = name === 'authorization' ? `bEARER ${secret}` : secret;
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: {[name]: value, 'content-type': 'application/json'},
      body: JSON.stringify(chatBody),
    });
    expect(response.status).toBe(200);
  });

  it('refuses invalid UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: {authorization: `Bearer ${secret}`},
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({error: {message: expect.stringContaining('UTF-8')}});
  });

  it('answers unknown paths and methods in OpenAI shape, and never shows metrics', async () => {
    for (const [method, path, status, code] of [
      ['GET', '/metrics', 404, 'not_found'],
      ['GET', '/v1/nothing', 404, 'not_found'],
      ['POST', '/v1/load_lora_adapter', 404, 'not_found'],
      ['GET', '/v1/chat/completions', 405, 'method_not_allowed'],
      ['DELETE', '/v1/models', 405, 'method_not_allowed'],
      ['DELETE', `/v1/models/${servedModel}`, 405, 'method_not_allowed'],
      ['PUT', '/v1/embeddings', 405, 'method_not_allowed'],
      ['GET', '/v1/models/%zz', 400, 'invalid_value'],
    ] as const) {
      const response = await fetch(url + path, {method, headers: {authorization: `Bearer ${secret}`}});
      expect([path, response.status, await response.json()]).toMatchObject([path, status, {error: {code}}]);
    }
  });

  it('gives a key that may not use the model the same answer as for a model that does not exist', async () => {
    await bench.addKey({name: 'narrow', models: ['acme/other']}, 'inv-narrow');
    const body = await bench.eventually(async () => {
      const response = await postChat(url, chatBody, {authorization: 'Bearer inv-narrow'});
      return response.status === 404 ? response.json() : null;
    });
    expect(body).toMatchObject({error: {code: 'model_not_found', param: 'model'}});
  });

  it('takes a key and a model that came into being just before the request', async () => {
    upstream.script = shortAnswer;
    for (const name of ['one', 'two', 'three']) {
      await bench.addKey({name}, `inv-${name}`);
      expect((await postChat(url, chatBody, {authorization: `Bearer inv-${name}`})).status).toBe(200);
    }

    const spec = aSpec({modelHfId: 'acme/fresh', servedModelName: 'acme/fresh'});
    await using other = new ScriptedUpstream(shortAnswer);
    await bench.addWorker(await other.listen(), {name: 'fresh', spec});
    expect((await postChat(url, {...chatBody, model: 'acme/fresh'})).status).toBe(200);
  });

  it('stops a key within a second of its revocation', async () => {
    upstream.script = shortAnswer;
    const key = await bench.addKey({name: 'brief'}, 'inv-brief');
    const headers = {authorization: 'Bearer inv-brief'};
    await bench.eventually(async () => ((await postChat(url, chatBody, headers)).status === 200 ? true : null));
    await bench.store.keys.revoke(bench.scope, key.id, Date.now());
    const revokedAt = performance.now();
    await bench.eventually(async () => ((await postChat(url, chatBody, headers)).status === 401 ? true : null));
    expect(performance.now() - revokedAt).toBeLessThan(1000);
  });

  it('says that a model is on its way, and when to come back', async () => {
    const spec = aSpec({modelHfId: 'acme/slow', servedModelName: 'acme/slow'});
    await bench.addWorker(null, {name: 'slowpoke', state: 'starting', spec});
    const response = await bench.eventually(async () => {
      const answer = await postChat(url, {...chatBody, model: 'acme/slow'});
      return answer.status === 503 ? answer : null;
    });
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({
      error: {code: 'no_capacity', message: expect.stringContaining('"slowpoke" is starting')},
    });
  });
});
