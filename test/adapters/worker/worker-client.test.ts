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
        {
          name: 'r0',
          http_ok: true,
          models: ['m'],
          max_model_len: 4096,
          running: 2,
          waiting: 1,
          prompt_tokens: 10,
          generation_tokens: 5,
        },
        {
          name: 'r1',
          http_ok: false,
          models: null,
          max_model_len: null,
          running: 3,
          waiting: 0,
          prompt_tokens: 20,
          generation_tokens: 7,
        },
      ],
    };
    const target = await worker(json(info));
    expect(await client.readAgentInfo(target)).toEqual({
      version: '0.1.0',
      sha256: 'abc',
      bootId: 'boot',
      phase: {name: 'load', progress: 40, detail: null, attempt: 1},
      failure: null,
      replicas: [
        {name: 'r0', httpOk: true, models: ['m'], maxModelLen: 4096},
        {name: 'r1', httpOk: false, models: null, maxModelLen: null},
      ],
    });
    expect(await client.readLoad(target)).toEqual({
      running: 5,
      waiting: 1,
      tokens: 42,
      counted: {prompt: expect.any(Number), completion: expect.any(Number)},
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

  it('reads both logs, page by page, engines told apart', async () => {
    const asked: (string | undefined)[] = [];
    const target = await worker((request, response) => {
      asked.push(request.url);
      if (request.url?.startsWith('/logs/engine')) {
        const files = [
          {path: 'log/r0.log', lines: ['e1', 'e2'], truncated: true},
          {path: 'log/r1.log', lines: ['f1'], truncated: false},
        ];
        response.end(JSON.stringify({files, cursor: '1f-2,2f-9'}));
      } else response.setHeader('x-inventiv-cursor', '3-4').end('a\nb\nc\n');
    });
    expect(await client.readLog(target, 'agent', {tailLines: 2, sinceMs: 0})).toEqual({
      lines: ['b', 'c'],
      cursor: '3-4',
      hasMore: false,
    });
    expect(await client.readLog(target, 'engine', {tailLines: 2, after: '1f-0,-'})).toEqual({
      lines: ['r0 | e1', 'r0 | e2', 'r1 | f1'],
      cursor: '1f-2,2f-9',
      hasMore: true,
    });
    expect(asked).toEqual(['/logs?tail=2&since=1970-01-01T00%3A00%3A00.000Z', '/logs/engine?tail=2&after=1f-0%2C-']);
  });

  it('reads a log of an agent that knows no cursors', async () => {
    const target = await worker((_request, response) => response.end('a\n'));
    expect(await client.readLog(target, 'agent', {tailLines: 5})).toEqual({lines: ['a'], cursor: null, hasMore: false});
  });

  it('has every engine warmed up on the machine', async () => {
    const asked: unknown[] = [];
    const target = await worker((request, response) => {
      asked.push([request.method, request.url]);
      const replicas = [
        {name: 'r0', ok: true, duration_s: 1.5, prompt_tokens: 9, completion_tokens: 1},
        {name: 'r1', ok: false, error: 'HTTP 500 without usage'},
      ];
      response.end(JSON.stringify({replicas}));
    });
    expect(await client.warmUpReplicas(target, {task: 'embed', timeoutMs: 5000})).toEqual([
      {name: 'r0', durationMs: 1500, promptTokens: 9, error: null},
      {name: 'r1', durationMs: null, promptTokens: null, error: 'HTTP 500 without usage'},
    ]);
    expect(asked).toEqual([['POST', '/warmup?task=embed']]);
  });

  it.each<[string, RequestListener]>([
    ['a refusal', (_request, response) => response.writeHead(401).end('{}')],
    ['something else than JSON', (_request, response) => response.end('<html>')],
    ['a connection that is cut', (_request, response) => response.destroy()],
  ])('takes %s as "could not be read"', async (_what, listener) => {
    const target = await worker(listener);
    expect(await client.readModels(target)).toBeNull();
    expect(await client.readAgentInfo(target)).toBeNull();
    expect(await client.readLog(target, 'engine', {tailLines: 5})).toBeNull();
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
