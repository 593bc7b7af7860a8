import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {chatBody, postChat, ServeBench} from './support/bench.ts';
import {ScriptedUpstream, shortAnswer} from './support/scripted-upstream.ts';

let bench: ServeBench;
let upstream: ScriptedUpstream;

beforeEach(async () => {
  bench = await ServeBench.open();
  upstream = new ScriptedUpstream(shortAnswer);
  await bench.addWorker(await upstream.listen());
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const lastBody = () => JSON.parse(upstream.seen.at(-1)?.body ?? 'null');

describe('caps of a key at the proxy', () => {
  it('refuse what is over them, bound what names no bound, and let allowed members through', async () => {
    await bench.addKey({caps: {maxTokens: 50, choices: 1, allowedMembers: ['priority']}});
    const server = await bench.serve();
    const refused = await postChat(server.url, {...chatBody, n: 2});
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({error: {param: 'n', code: 'limit_exceeded'}});
    expect((await postChat(server.url, {...chatBody, max_tokens: 51})).status).toBe(400);
    await (await postChat(server.url, {...chatBody, priority: 3, request_id: 'x'})).text();
    expect(lastBody()).toMatchObject({max_completion_tokens: 50, priority: 3});
    expect(lastBody()).not.toHaveProperty('request_id');
  });

  it('change while the server runs', async () => {
    const key = await bench.addKey();
    const server = await bench.serve();
    expect((await postChat(server.url, {...chatBody, n: 2})).status).toBe(200);
    await bench.store.keys.setCaps(bench.scope, key.id, {choices: 1});
    await bench.eventually(async () =>
      (await postChat(server.url, {...chatBody, n: 2})).status === 400 ? true : null,
    );
  });

  it.each([
    ['first_token_timeout', {firstByteTimeoutMs: 40}],
    ['total_timeout', {totalTimeoutMs: 40}],
  ])('have clocks of their own: %s', async (code, caps) => {
    await bench.addKey({caps});
    upstream.script = () => {};
    const server = await bench.serve({limits: {attemptsMax: 1}});
    const answer = await postChat(server.url, chatBody);
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({error: {code}});
    expect(await bench.metrics()).toContain(`inventiv_proxy_errors_total{code="${code}"} 1`);
  });
});
