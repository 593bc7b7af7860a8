import {createServer, type RequestListener, type Server} from 'node:http';
import {afterEach, describe, expect, it} from 'vitest';
import {createWorkerClient} from '../../../src/adapters/worker/worker-client.ts';
import type {WorkerTarget} from '../../../src/ports/worker.ts';

const client = createWorkerClient();
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
});

describe('WorkerClient', () => {
  it('sends the worker key and the correlation id', async () => {
    const seen: unknown[] = [];
    const target = await worker((request, response) => {
      seen.push([request.url, request.headers.authorization, request.headers['x-request-id']]);
      response.end();
    });
    expect(await client.isEngineHealthy(target)).toBe(true);
    expect(seen).toEqual([['/health', 'Bearer k', 'cor_1']]);
  });

  it('reads served models with the context they really have', async () => {
    const target = await worker(
      json({data: [{id: 'a/b', max_model_len: 4096}, {id: 'lora', max_model_len: null}, {id: 'other'}]}),
    );
    expect(await client.readModels(target)).toEqual([
      {id: 'a/b', maxModelLen: 4096},
      {id: 'lora', maxModelLen: null},
      {id: 'other', maxModelLen: null},
    ]);
  });

  it('warms up with one token, or one embedding, and needs usage in the answer', async () => {
    const bodies: unknown[] = [];
    const target = await worker((request, response) => {
      request.setEncoding('utf8').on('data', (body: string) => bodies.push([request.url, JSON.parse(body)]));
      request.on('end', () => response.end(JSON.stringify({usage: {prompt_tokens: 5, completion_tokens: 1}})));
    });
    const request = {model: 'm', timeoutMs: 5000};
    expect(await client.warmUp(target, {...request, task: 'generate'})).toEqual({
      promptTokens: 5,
      completionTokens: 1,
      durationMs: expect.any(Number),
    });
    await client.warmUp(target, {...request, task: 'embed'});
    expect(bodies).toEqual([
      ['/v1/chat/completions', {model: 'm', messages: [{role: 'user', content: 'Hello'}], max_tokens: 1}],
      ['/v1/embeddings', {model: 'm', input: 'Hello'}],
    ]);
    const silent = await worker(json({choices: []}));
    expect(await client.warmUp(silent, {...request, task: 'generate'})).toBeNull();
  });

  it('gives up a warm-up that takes too long', async () => {
    const target = await worker(() => {});
    expect(await client.warmUp(target, {model: 'm', task: 'generate', timeoutMs: 100})).toBeNull();
  });

  it('reads the agent: identity, phase, failure and load', async () => {
    const info = {
      agent: {version: '0.1.0', sha256: 'abc', python: '3.12'},
      boot_id: 'boot',
      sampled_at: '2026-11-23T10:15:30.120Z',
      phase: {name: 'load', since: null, progress: 40, detail: null},
      failure: null,
      replicas: [
        {running: 2, waiting: 1, prompt_tokens: 10, generation_tokens: 5},
        {running: 3, waiting: 0, prompt_tokens: 20, generation_tokens: 7},
      ],
    };
    const target = await worker(json(info));
    expect(await client.readAgentInfo(target)).toEqual({
      version: '0.1.0',
      sha256: 'abc',
      bootId: 'boot',
      phase: {name: 'load', progress: 40, detail: null},
      failure: null,
    });
    expect(await client.readLoad(target)).toEqual({
      running: 5,
      waiting: 1,
      tokens: 42,
      sampledAtMs: Date.UTC(2026, 10, 23, 10, 15, 30, 120),
    });
    const withoutCounters = await worker(json({...info, replicas: [...info.replicas, {running: 0, waiting: 0}]}));
    expect((await client.readLoad(withoutCounters))?.tokens).toBeNull();
    const partly = await worker(
      json({
        ...info,
        replicas: [
          {running: 2, waiting: 1},
          {running: null, waiting: null},
        ],
      }),
    );
    expect(await client.readLoad(partly)).toBeNull();
  });

  it('reads the last lines of both logs', async () => {
    const target = await worker((request, response) => {
      const engine = request.url?.startsWith('/logs/engine');
      response.end(
        engine
          ? JSON.stringify({
              files: [
                {path: 'r0', lines: ['e1', 'e2']},
                {path: 'r1', lines: ['f1']},
              ],
            })
          : 'a\nb\nc\n',
      );
    });
    expect(await client.readLog(target, 'agent', 2)).toEqual(['b', 'c']);
    expect(await client.readLog(target, 'engine', 2)).toEqual(['e2', 'f1']);
  });

  it.each<[string, RequestListener]>([
    ['a refusal', (_request, response) => response.writeHead(401).end('{}')],
    ['something else than JSON', (_request, response) => response.end('<html>')],
    ['a connection that is cut', (_request, response) => response.destroy()],
  ])('takes %s as "could not be read"', async (_what, listener) => {
    const target = await worker(listener);
    expect(await client.readModels(target)).toBeNull();
    expect(await client.readAgentInfo(target)).toBeNull();
    expect(await client.readLog(target, 'engine', 5)).toBeNull();
  });

  it('is told that nobody listens', async () => {
    const target = targetAt('http://127.0.0.1:1', null);
    expect(await client.isEngineHealthy(target)).toBe(false);
    expect(await client.readModels(target)).toBeNull();
  });
});

function json(body: object): RequestListener {
  return (_request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}

async function worker(listener: RequestListener): Promise<WorkerTarget> {
  return targetAt(await listen(createServer(listener)), null);
}

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

function targetAt(url: string, tlsFingerprint: string | null): WorkerTarget {
  return {endpoint: {openaiUrl: url, agentUrl: url, tlsFingerprint}, workerKey: 'k', correlationId: 'cor_1'};
}
