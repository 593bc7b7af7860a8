import {describe, expect, it} from 'vitest';
import {streamChat} from '../../src/app/chat.ts';
import {InventivError} from '../../src/core/errors.ts';
import {TestApp, testModel} from '../support/test-app.ts';

const messages = [{role: 'user' as const, content: 'hello'}];

describe('a chat', () => {
  it('streams the answer, ends with its counts, and is in the usage ledger', async () => {
    await using app = await TestApp.open();
    const {name} = await app.makeReady();
    const chunks = await Array.fromAsync(await app.client.chat.stream({model: testModel, messages}));
    expect(chunks).toEqual([
      {kind: 'text', text: 'Hel', reasoning: false},
      {kind: 'text', text: 'lo', reasoning: false},
      {
        kind: 'end',
        finishReason: 'stop',
        promptTokens: 7,
        completionTokens: 2,
        firstTokenMs: 0,
        durationMs: 0,
        instanceName: name,
      },
    ]);
    expect(await app.client.usage.totals({})).toMatchObject({
      requests: 1,
      promptTokens: 7,
      completionTokens: 2,
      cancelled: 0,
      failed: 0,
    });
  });

  it('is asked of the worker under the name it serves, with the key of that worker', async () => {
    await using app = await TestApp.open();
    const {spec} = await app.makeReady({name: 'web'});
    for (const model of [testModel, testModel.toUpperCase(), 'qwen2.5-0.5b-instruct', 'web']) {
      await Array.fromAsync(await app.client.chat.stream({model, messages}));
    }

    expect(app.upstream.asked.map(({model}) => model)).toEqual(Array(4).fill(spec.servedModelName));
    expect(new Set(app.upstream.asked.map(({workerKey}) => workerKey))).toEqual(
      new Set([app.machine.files.get('secrets/worker.key')?.content]),
    );
  });

  it('that its reader leaves is counted as cancelled, with the tokens so far', async () => {
    await using app = await TestApp.open();
    await app.makeReady();
    app.upstream.pieces = [{kind: 'usage', promptTokens: 7, completionTokens: 1}, ...app.upstream.pieces];
    for await (const _chunk of await app.client.chat.stream({model: testModel, messages})) break;
    expect(await app.client.usage.totals({})).toMatchObject({
      requests: 1,
      cancelled: 1,
      failed: 0,
      promptTokens: 7,
      completionTokens: 1,
    });
  });

  it('that is aborted is counted as cancelled and ends without an error', async () => {
    await using app = await TestApp.open();
    await app.makeReady();
    const stop = new AbortController();
    const kinds: string[] = [];
    for await (const chunk of streamChat(
      app.tools,
      {scope: app.caller.scope, userId: app.caller.userId, signal: stop.signal},
      {model: testModel, messages, maxTokens: null, temperature: null},
    )) {
      kinds.push(chunk.kind);
      stop.abort();
    }

    expect(kinds).toEqual(['text', 'end']);
    const [record] = await app.store.usage.list(app.caller.scope, {limit: 10});
    expect(record).toMatchObject({outcome: 'cancelled', httpStatus: 499});
  });

  it('that breaks throws the error and is counted as failed', async () => {
    await using app = await TestApp.open();
    await app.makeReady();
    app.upstream.pieces = app.upstream.pieces.slice(0, 1);
    app.upstream.error = new InventivError('upstream_broken', 'the worker hung up.');
    const texts: string[] = [];
    const chatting = (async () => {
      for await (const chunk of await app.client.chat.stream({model: testModel, messages})) {
        if (chunk.kind === 'text') texts.push(chunk.text);
      }
    })();
    await expect(chatting).rejects.toMatchObject({code: 'upstream_broken'});
    expect(texts).toEqual(['Hel']);
    const [record] = await app.store.usage.list(app.caller.scope, {limit: 10});
    expect(record).toMatchObject({outcome: 'failed', httpStatus: 502});
  });

  it('with a model that nobody serves says how to start one', async () => {
    await using app = await TestApp.open();
    await expect(chat(app, testModel)).rejects.toMatchObject({
      code: 'no_capacity',
      hint: `Start one: inventiv up --model ${testModel}`,
    });
  });

  it('with a model that is coming says how to wait for it', async () => {
    await using app = await TestApp.open();
    await app.request({name: 'soon'});
    await expect(chat(app, testModel)).rejects.toMatchObject({
      code: 'no_capacity',
      message: expect.stringContaining('provisioning'),
      hint: 'Wait for it: inventiv wait soon',
    });
  });

  it('with an unknown model names the near ones', async () => {
    await using app = await TestApp.open();
    await expect(chat(app, 'qwen2.5-0.5b-instrukt')).rejects.toMatchObject({
      code: 'model_not_found',
      hint: expect.stringContaining('qwen2.5-0.5b-instruct'),
    });
  });

  it('goes to no worker that drains', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    await app.client.instances.drain({instance: id});
    await expect(chat(app, testModel)).rejects.toMatchObject({code: 'no_capacity'});
    expect(app.upstream.asked).toEqual([]);
  });
});

async function chat(app: TestApp, model: string): Promise<unknown> {
  return Array.fromAsync(await app.client.chat.stream({model, messages}));
}
