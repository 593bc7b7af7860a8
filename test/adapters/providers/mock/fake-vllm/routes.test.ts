import {describe, expect, it} from 'vitest';
import {startFake} from './in-process-server.ts';

const USER = [{role: 'user', content: 'Tell me about the harbour.'}];
const CHAT = '/v1/chat/completions';

describe('fake vLLM routes', () => {
  it('guards only /v1 with the key and answers 401 with a string', async () => {
    await using fake = await startFake('--api-key', 'secret');
    const refused = await fetch(`${fake.url}/v1/models`);
    expect([refused.status, await refused.json()]).toEqual([401, {error: 'Unauthorized'}]);
    const wrong = await fetch(`${fake.url}/v1/models`, {headers: {authorization: 'Bearer nope'}});
    expect(wrong.status).toBe(401);
    const allowed = await fetch(`${fake.url}/v1/models`, {headers: {authorization: 'Bearer secret'}});
    expect(allowed.status).toBe(200);
    const open = ['/health', '/ping', '/version', '/load', '/metrics'];
    const statuses = await Promise.all(open.map(async path => (await fetch(`${fake.url}${path}`)).status));
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect((await fake.post('/tokenize', {prompt: 'hello'})).status).toBe(200);
  });

  it('answers what is not there with 404 and a wrong method with 405', async () => {
    await using fake = await startFake();
    const missing = await fetch(`${fake.url}/health/ready`);
    expect([missing.status, await missing.json()]).toEqual([
      404,
      {error: {message: 'Not Found', type: 'Not Found', param: null, code: 404}},
    ]);
    expect((await fetch(`${fake.url}${CHAT}`)).status).toBe(405);
    expect((await fetch(`${fake.url}/health`)).status).toBe(200);
    expect(await (await fetch(`${fake.url}/health`)).text()).toBe('');
  });

  it('has no routes for a task that the model lacks', async () => {
    await using generate = await startFake('--task', 'generate');
    await using embed = await startFake('--task', 'embed');
    expect((await generate.post('/v1/embeddings', {input: 'x'})).status).toBe(404);
    expect((await embed.post(CHAT, {messages: USER})).status).toBe(404);
    expect((await embed.post('/v1/embeddings', {input: 'x'})).status).toBe(200);
  });

  it('lists one card per served name and answers under the first', async () => {
    await using fake = await startFake('--served-model-name', 'one', 'two', '--max-model-len', '4096');
    const {data} = (await (await fetch(`${fake.url}/v1/models`)).json()) as {data: Record<string, unknown>[]};
    expect(data.map(({id, root, parent, max_model_len: max}) => [id, root, parent, max])).toEqual([
      ['one', 'acme/chat-8b', null, 4096],
      ['two', 'acme/chat-8b', null, 4096],
    ]);
    const answer = (await (await fake.post(CHAT, {model: 'two', messages: USER, max_tokens: 2})).json()) as {
      model: string;
    };
    expect(answer.model).toBe('one');
    const unknown = await fake.post(CHAT, {model: 'acme/chat-8b', messages: USER});
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      {
        error: {
          message: 'The model `acme/chat-8b` does not exist.',
          type: 'NotFoundError',
          param: 'model',
          code: 404,
        },
      },
    ]);
  });
});
