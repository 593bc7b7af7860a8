import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {createServeInspector} from '../../src/adapters/serve/admin-client.ts';
import {openSqliteStore} from '../../src/adapters/store/open-sqlite-store.ts';
import {packageRoot} from '../../src/adapters/system/package-root.ts';
import {chatBody, post, postChat, ServeBench} from './support/bench.ts';
import {ScriptedUpstream, servedModel, shortAnswer} from './support/scripted-upstream.ts';

let bench: ServeBench;
let upstream: ScriptedUpstream;
let keyId: string;

beforeEach(async () => {
  bench = await ServeBench.open();
  keyId = (await bench.addKey()).id;
  upstream = new ScriptedUpstream(shortAnswer);
  await bench.addWorker(await upstream.listen());
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

async function put(level: 'model' | 'organization' | 'key', text: string | null, store = bench.store) {
  const subjects = {model: servedModel, organization: bench.scope.organizationId, key: keyId};
  await store.prompts.put(bench.scope, {level, subject: subjects[level], text, createdBy: 'operator'});
}

const lastSeen = () => JSON.parse(upstream.seen.at(-1)?.body ?? 'null');

describe('system prompts of the proxy', () => {
  it('go before the conversation: model, organization, key; and the trace knows their versions', async () => {
    await put('key', 'Of the key.');
    await put('organization', 'Of the house.');
    await put('model', 'An old one.');
    await put('model', 'Of the model.');
    const server = await bench.serve();
    await (
      await postChat(server.url, '{"model":"acme/chat-8b","seed":12345678901234567890,"x":1e400,"messages":[]}')
    ).text();
    expect(upstream.seen.at(-1)?.body).toContain(
      '"messages":[{"role":"system","content":"Of the model.\\n\\nOf the house.\\n\\nOf the key."}]',
    );
    expect(upstream.seen.at(-1)?.body).toContain('"seed":12345678901234567890,"x":1e400');
    const [trace] = await createServeInspector(server.adminAddress?.port ?? 0).recentRequests({
      limit: 1,
      adminPort: null,
    });
    expect(trace?.prompts).toEqual([
      {level: 'model', version: 2},
      {level: 'organization', version: 1},
      {level: 'key', version: 1},
    ]);
    expect(JSON.stringify(trace)).not.toContain('Of the house');
  });

  it.each([
    ['responses', {input: 'Hi'}, {instructions: 'P'}],
    ['messages', {max_tokens: 5, messages: [{role: 'user', content: 'Hi'}]}, {system: 'P'}],
    ['messages/count_tokens', {messages: [{role: 'user', content: 'Hi'}]}, {system: 'P'}],
  ])('are part of /v1/%s', async (endpoint, body, expected) => {
    await put('organization', 'P');
    const server = await bench.serve();
    await (await post(`${server.url}/v1/${endpoint}`, {model: servedModel, ...body})).text();
    expect(lastSeen()).toMatchObject({...body, ...expected});
  });

  it.each([
    ['completions', {prompt: 'Hi'}],
    ['embeddings', {input: 'Hi'}],
  ])('are no part of /v1/%s', async (endpoint, body) => {
    await put('organization', 'a-prompt-of-ours');
    const server = await bench.serve();
    await (await post(`${server.url}/v1/${endpoint}`, {model: servedModel, ...body})).text();
    expect(upstream.seen.at(-1)?.body).not.toContain('a-prompt-of-ours');
  });

  it('change in a running server when another process changes them, in every request from then on', async () => {
    const server = await bench.serve();
    await (await postChat(server.url, chatBody)).text();
    expect(lastSeen().messages).toEqual(chatBody.messages);
    await using another = await openSqliteStore({
      path: `${bench.directory}/inventiv.db`,
      migrationsDir: `${packageRoot()}/migrations`,
      clock: bench.clock,
      ids: bench.ids,
    });
    const changes: [string | null, unknown[]][] = [
      ['P', [{role: 'system', content: 'P'}, ...chatBody.messages]],
      [null, chatBody.messages],
    ];
    for (const [text, messages] of changes) {
      await put('organization', text, another);
      await bench.eventually(async () => {
        await (await postChat(server.url, chatBody)).text();
        return JSON.stringify(lastSeen().messages) === JSON.stringify(messages) ? true : null;
      });
    }
  });

  it('belong to one organization, one model, one key', async () => {
    const {store, scope} = bench;
    await store.prompts.put(scope, {level: 'model', subject: 'another/model', text: 'P', createdBy: 'operator'});
    await store.prompts.put(scope, {level: 'key', subject: 'key_another', text: 'P', createdBy: 'operator'});
    const server = await bench.serve();
    await (await postChat(server.url, chatBody)).text();
    expect(lastSeen().messages).toEqual(chatBody.messages);
  });
});
