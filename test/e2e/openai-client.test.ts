import OpenAI from 'openai';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {FakeVllmControl, fakeVllmCommand, slowFakeVllmCommand} from '../support/fake-vllm-control.ts';
import {Installation, tinyModel} from '../support/installation.ts';
import {type ServeProcess, startServe} from '../support/serve-process.ts';
import {until} from '../support/until.ts';
import {firstToken, runMixedRequests} from './mixed-requests.ts';

/** Its engine gives one token a minute and works on one request at a time: what is cut there is cut exactly. */
const slowModel = 'mistralai/Ministral-3-8B-Instruct-2512';
const cancelTrials = 9;
const cancelSeenMsMax = 100;
const keyKnownMsMax = 2000;

const installation = new Installation();
let serve: ServeProcess;
let fast: FakeVllmControl;
let slow: FakeVllmControl;

const clientWith = (apiKey: string) => new OpenAI({apiKey, baseURL: serve.openaiUrl, maxRetries: 0, timeout: 20_000});

/** A key made beside a running `serve` is known to it a moment later. */
async function newClient(name: string): Promise<OpenAI> {
  const client = clientWith((await installation.ok(['keys', 'create', name, '--quiet'])).trim());
  const isKnown = () =>
    client.models.list().then(
      () => true,
      () => false,
    );
  await until('serve to know the key', isKnown, keyKnownMsMax);
  return client;
}

beforeAll(async () => {
  const up = (name: string, model: string, engine: string) =>
    installation.ok(['up', '--name', name, '--model', model, '--engine-command', engine]);
  await Promise.all([
    up('fast', tinyModel, fakeVllmCommand('--control-port', 'auto')),
    up('slow', slowModel, slowFakeVllmCommand()),
  ]);
  [serve, fast, slow] = await Promise.all([
    startServe(installation),
    FakeVllmControl.of(installation, 'fast'),
    FakeVllmControl.of(installation, 'slow'),
  ]);
});

afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

describe('the official openai client against a served installation', () => {
  let client: OpenAI;
  const messages = [{role: 'user' as const, content: 'Say something about the sea.'}];

  beforeAll(async () => {
    client = await newClient('client');
  });

  it('lists the served models and retrieves one whose id holds a slash', async () => {
    const ids = (await client.models.list()).data.map(model => model.id);
    expect(ids.toSorted()).toEqual([slowModel, tinyModel].toSorted());
    expect(await client.models.retrieve(tinyModel)).toMatchObject({id: tinyModel, object: 'model'});
  });

  it('gets a whole chat answer with usage', async () => {
    const answer = await client.chat.completions.create({model: tinyModel, messages, max_tokens: 12});
    expect(answer.object).toBe('chat.completion');
    expect(answer.choices[0]?.message.content).toMatch(/\S/);
    expect(answer.usage?.completion_tokens).toBe(12);
    expect(answer.usage?.total_tokens).toBe(12 + (answer.usage?.prompt_tokens ?? 0));
  });

  it('streams a chat answer in pieces, and shows usage only when it was asked for', async () => {
    const ask = {model: tinyModel, messages, max_tokens: 12, stream: true as const};
    const plain = await Array.fromAsync(await client.chat.completions.create(ask));
    const counted = await Array.fromAsync(
      await client.chat.completions.create({...ask, stream_options: {include_usage: true}}),
    );
    expect(plain.filter(chunk => chunk.choices[0]?.delta.content).length).toBeGreaterThan(5);
    expect(plain.at(-1)?.choices[0]?.finish_reason).toBe('length');
    expect(plain.some(chunk => chunk.usage)).toBe(false);
    expect(counted.at(-1)?.usage?.completion_tokens).toBe(12);
  });

  it('gets completions, whole and streamed', async () => {
    const ask = {model: tinyModel, prompt: 'Once upon a time', max_tokens: 8};
    const whole = await client.completions.create(ask);
    const pieces = await Array.fromAsync(await client.completions.create({...ask, stream: true}));
    expect(whole.usage?.completion_tokens).toBe(8);
    expect(pieces.map(piece => piece.choices[0]?.text ?? '').join('')).toMatch(/\S/);
  });

  it('gets one embedding per input', async () => {
    const answer = await client.embeddings.create({model: tinyModel, input: ['one', 'two']});
    expect(answer.data.map(({index, embedding}) => [index, embedding.length])).toEqual([
      [0, 384],
      [1, 384],
    ]);
    expect(answer.usage.prompt_tokens).toBeGreaterThan(0);
  });

  it('is told 401 for a key that does not exist', async () => {
    const attempt = clientWith('inv-wrong').chat.completions.create({model: tinyModel, messages});
    await expect(attempt).rejects.toMatchObject({status: 401, code: 'invalid_api_key'});
    await expect(attempt).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('is told 404 for a model that nobody serves', async () => {
    const attempt = client.chat.completions.create({model: 'acme/nothing', messages});
    await expect(attempt).rejects.toMatchObject({status: 404, code: 'model_not_found'});
    await expect(client.models.retrieve('acme/nothing')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('cancels a stream, and the engine sees it within 100 ms', async () => {
    const delaysMs: number[] = [];
    for (let trial = 0; trial < cancelTrials; trial++) {
      const before = (await slow.requests('aborted')).length;
      const stream = await client.chat.completions.create({model: slowModel, messages, stream: true});
      await firstToken(stream);
      const cancelledAtMs = performance.timeOrigin + performance.now();
      stream.controller.abort();
      const aborted = await until('the engine to see the cancellation', async () =>
        (await slow.requests('aborted')).at(before),
      );
      delaysMs.push((aborted.endedAtMs ?? Number.POSITIVE_INFINITY) - cancelledAtMs);
    }

    delaysMs.sort((a, b) => a - b);
    console.log(`cancelled stream seen by the engine after, in ms: ${delaysMs.map(ms => ms.toFixed(1)).join(' ')}`);
    // The median: other processes of the machine may take any single one its time.
    expect(delaysMs[Math.floor(cancelTrials / 2)]).toBeLessThan(cancelSeenMsMax);
    expect((await slow.stats()).requests).toMatchObject({running: 0, waiting: 0});
  });
});

describe('the usage ledger', () => {
  it("equals the engines' own token count exactly over 500 mixed requests", async () => {
    await Promise.all([fast.reset(), slow.reset()]);
    const seen = await runMixedRequests({
      client: await newClient('ledger'),
      fast: tinyModel,
      slow: slowModel,
      slowControl: slow,
    });
    expect(seen.requests).toBe(500);
    const [fastStats, slowStats] = await Promise.all([fast.stats(), slow.stats()]);
    const sum = (part: 'prompt' | 'completion') => fastStats.tokens.total[part] + slowStats.tokens.total[part];
    expect(fastStats.requests.finished).toBe(seen.completed);
    expect(slowStats.requests.aborted).toBe(seen.cancelled);

    // Its end writes what it has not written yet.
    expect((await serve.stop()).exitCode).toBe(0);
    expect(await installation.json(['usage', 'report', '--key', 'ledger'])).toMatchObject({
      requests: 500,
      cancelled: seen.cancelled,
      failed: 0,
      promptTokens: sum('prompt'),
      completionTokens: sum('completion'),
    });
    // Three books agree: the ledger, the engine, and what clients were told in their answers.
    expect(fastStats.tokens.total).toEqual(seen.usage);
  });

  it('leaves nothing behind after down', async () => {
    await installation.ok(['down', '--all', '--yes']);
    await installation.expectNothingLeft();
  });
});
