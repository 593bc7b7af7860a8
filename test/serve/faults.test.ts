import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {openStreamPool} from '../../src/adapters/worker/stream-pool/open-stream-pool.ts';
import type {Instance} from '../../src/core/instance/instance.ts';
import {hasPart} from '../support/parts.ts';
import {makeTlsCertificate} from '../support/tls-certificate.ts';
import {TlsWorker} from '../support/tls-worker.ts';
import {chatBody, postChat, ServeBench} from './support/bench.ts';
import type {Script} from './support/scripted-upstream.ts';
import {
  answerJson,
  chatChunk,
  done,
  openStream,
  ScriptedUpstream,
  shortAnswer,
  shortStream,
  usageChunk,
  usageOf,
} from './support/scripted-upstream.ts';

let bench: ServeBench;
const upstreams: ScriptedUpstream[] = [];

beforeEach(async () => {
  bench = await ServeBench.open();
  await bench.addKey();
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await Promise.all(upstreams.splice(0).map(upstream => upstream[Symbol.asyncDispose]()));
});

const streamed = {...chatBody, stream: true};
const begun = chatChunk('Par', null);

describe('a stream that breaks after its first event', () => {
  it.each<[string, Script, string]>([
    ['the connection is cut', (_request, response) => afterFirst(response, () => response.destroy()), 'upstream_error'],
    ['it ends without [DONE]', (_request, response) => afterFirst(response, () => response.end()), 'upstream_error'],
    [
      'the engine reports an error',
      (_request, response) =>
        afterFirst(response, () => response.end(`data: {"error":{"message":"x","code":500}}\n\n${done}`)),
      'upstream_error',
    ],
  ])('ends with one error event and no [DONE] when %s', async (_what, script, code) => {
    const {url} = await serveWith(script);
    const text = await (await postChat(url, streamed)).text();
    expect(text.startsWith(begun)).toBe(true);
    const events = text.slice(begun.length).split('\n\n').filter(Boolean);
    expect(events).toHaveLength(1);
    expect(JSON.parse(events[0]?.slice('data: '.length) ?? '')).toMatchObject({error: {type: 'server_error', code}});
    expect((await bench.usage(1))[0]).toMatchObject({
      outcome: 'failed',
      promptTokens: 14,
      completionTokens: 1,
      estimated: false,
    });
  });

  it('is told when the worker falls silent', async () => {
    const {url} = await serveWith((_request, response) => afterFirst(response, () => {}), {idleTimeoutMs: 200});
    const text = await (await postChat(url, streamed)).text();
    expect(text).toContain('"code":"idle_timeout"');
    expect(text).not.toContain('[DONE]');
  });
});

describe.runIf(hasPart('openssl'))('a worker with another certificate than the pinned one', () => {
  it('gets nothing of a request, which another worker answers; alone, it is an upstream error without its details', async () => {
    const pinned = makeTlsCertificate();
    const impostor = await TlsWorker.start(makeTlsCertificate());
    try {
      const {url: openaiUrl} = impostor;
      await bench.addWorker(null, {endpoint: {openaiUrl, agentUrl: openaiUrl, tlsFingerprint: pinned.fingerprint}});
      const {url} = await bench.serve();
      const alone = await postChat(url, chatBody);
      expect(alone.status).toBe(502);
      expect(await alone.json()).toMatchObject({
        error: {code: 'upstream_error', message: expect.not.stringMatching(/[0-9a-f]{64}/)},
      });

      const {upstream} = await addWorker(shortAnswer);
      const {url: again} = await bench.serve();
      for (let number = 0; number < 4; number++) expect((await postChat(again, chatBody)).status).toBe(200);
      expect(upstream.seen).toHaveLength(4);
      expect(impostor.connections).toBeGreaterThan(0);
      expect(impostor.received).toBe('');
    } finally {
      await impostor.stop();
    }
  });
});

describe('a stream', () => {
  it('ends at the event [DONE], not at text that looks like it, and ignores what follows', async () => {
    const {url} = await serveWith((_request, response) => {
      openStream(response);
      response.end(
        chatChunk('data: [DONE]\n\n', usageOf(1, 1)) +
          usageChunk(usageOf(1, 1)) +
          done +
          chatChunk('late', null) +
          done,
      );
    });
    expect(await (await postChat(url, streamed)).text()).toBe(chatChunk('data: [DONE]\n\n', null) + done);
  });

  it('comes out the same when the worker sends it byte by byte with CRLF', async () => {
    const bytes = Buffer.from(
      (chatChunk('漢🙂', usageOf(1, 1)) + usageChunk(usageOf(1, 1)) + done).replaceAll('\n', '\r\n'),
    );
    const {url} = await serveWith(async (_request, response) => {
      openStream(response);
      response.socket?.setNoDelay(true);
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await new Promise(resolve => setImmediate(resolve));
      }

      response.end();
    });
    expect(await (await postChat(url, streamed)).text()).toBe(chatChunk('漢🙂', null) + done);
  });

  it('is not begun for a worker that only sends comments', async () => {
    const {url} = await serveWith((_request, response) => {
      openStream(response);
      response.end(': waiting\n\n');
    });
    expect((await postChat(url, streamed)).status).toBe(502);
  });
});

describe('before the first byte, another worker is tried', () => {
  it.each<[string, Script]>([
    ['answers 429', (_request, response) => answerJson(response, 429, {error: {message: 'too many'}})],
    ['answers 502', (_request, response) => answerJson(response, 502, {error: {message: 'broken'}})],
    ['answers 503', (_request, response) => answerJson(response, 503, {error: {message: 'queue full'}})],
    ['answers 504', (_request, response) => answerJson(response, 504, {error: {message: 'late'}})],
    ['hangs up', (_request, response) => response.destroy()],
    [
      'reports an error as its first event',
      (_request, response) => {
        openStream(response);
        response.end(`data: {"error":{"message":"engine dead","code":500}}\n\n${done}`);
      },
    ],
  ])('when the first %s', async (_what, script) => {
    const failing = await addWorker(script);
    const working = await addWorker(shortStream);
    const {url} = await bench.serve();
    for (let request = 0; request < 2; request++) {
      expect(await (await postChat(url, streamed)).text()).toContain('[DONE]');
    }

    expect(failing.upstream.seen.length).toBeGreaterThan(0);
    const records = await bench.usage(2);
    expect(records.map(({instanceId, outcome}) => [instanceId, outcome])).toEqual([
      [working.instance.id, 'completed'],
      [working.instance.id, 'completed'],
    ]);
  });

  it('when the first cannot be reached', async () => {
    const {upstream} = await addWorker(shortAnswer);
    await upstream[Symbol.asyncDispose]();
    await addWorker(shortAnswer);
    const {url} = await bench.serve();
    for (let request = 0; request < 4; request++) expect((await postChat(url, chatBody)).status).toBe(200);
  });

  it('as long as there are retries to spend: a tenth of the requests', async () => {
    const refuse: Script = (_request, response) => answerJson(response, 429, {error: {message: 'busy'}});
    const workers = [await addWorker(refuse), await addWorker(refuse)];
    const {url} = await bench.serve();
    const requests = 30;
    for (let request = 0; request < requests; request++) expect((await postChat(url, chatBody)).status).toBe(503);
    const asked = workers.flatMap(({upstream}) => upstream.seen).length;
    // Ten to begin with, and one earned by ten requests; the first one earns nothing while all are there.
    expect(asked - requests).toBe(Math.floor(10 + (requests - 1) / 10));
    expect(await bench.metrics()).toMatch(/^inventiv_proxy_retry_budget 0\./m);
  });

  it('but not for a mistake of the client', async () => {
    const refuse: Script = (_request, response) =>
      answerJson(response, 400, {error: {message: 'bad temperature', code: 400}});
    const workers = [await addWorker(refuse), await addWorker(refuse)];
    const {url} = await bench.serve();
    expect((await postChat(url, chatBody)).status).toBe(400);
    expect(workers.flatMap(({upstream}) => upstream.seen)).toHaveLength(1);
  });
});

describe('a single worker', () => {
  it('is tried once more when it hangs up before it answers', async () => {
    let asked = 0;
    const {url} = await serveWith((request, response) =>
      asked++ === 0 ? void response.destroy() : shortAnswer(request, response),
    );
    expect((await postChat(url, chatBody)).status).toBe(200);
    expect(asked).toBe(2);
  });

  it('that does not begin in time gives 504', async () => {
    const {url} = await serveWith(() => {}, {firstByteTimeoutMs: 150});
    const response = await postChat(url, chatBody);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({error: {code: 'first_token_timeout'}});
    expect(await bench.metrics()).toMatch(/^inventiv_proxy_errors_total\{code="first_token_timeout"\} 1$/m);
  });

  it('that accepts connections and says nothing of who it is gives 504', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const openaiUrl = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await bench.addWorker(null, {endpoint: {openaiUrl, agentUrl: openaiUrl, tlsFingerprint: 'ab'.repeat(32)}});
    const {url} = await bench.serve({}, {openPool: endpoint => openStreamPool(endpoint, undefined, 50)});
    const response = await postChat(url, chatBody);
    expect([response.status, await response.json()]).toMatchObject([504, {error: {code: 'connect_timeout'}}]);
    expect(await bench.usage(1)).toMatchObject([{outcome: 'failed', promptTokens: 0}]);
    silent.close();
  });

  it('that takes longer than the client waits gives 504', async () => {
    const {url} = await serveWith(() => {});
    const response = await postChat(url, chatBody, {'x-stainless-timeout': '0.3'});
    expect(await response.json()).toMatchObject({error: {code: 'total_timeout'}});
  });

  it('that fails again and again is left alone for a while, and then tried with one request', async () => {
    const {url, upstream} = await serveWith((_request, response) => answerJson(response, 500, {error: {message: 'x'}}));
    for (let request = 0; request < 3; request++) expect((await postChat(url, chatBody)).status).toBe(502);
    const refused = await postChat(url, chatBody);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(upstream.seen).toHaveLength(3);
    expect(await bench.metrics()).toMatch(/inventiv_worker_breaker_state\{[^}]+\} 2/);
    upstream.script = shortAnswer;
    await bench.clock.sleep(1050);
    expect((await postChat(url, chatBody)).status).toBe(200);
  });

  it('that answers with more bytes than one answer may have gives 502', async () => {
    const {url} = await serveWith(shortAnswer, {answerMaxBytes: 100});
    expect((await postChat(url, chatBody)).status).toBe(502);
    expect(await bench.usage(1)).toMatchObject([{outcome: 'failed', completionTokens: 0}]);
  });

  it('that answers with something else than JSON gives 502', async () => {
    const {url} = await serveWith((_request, response) => void response.writeHead(200).end('<html>'));
    expect((await postChat(url, chatBody)).status).toBe(502);
    expect((await bench.usage(1))[0]).toMatchObject({outcome: 'failed', httpStatus: 502});
  });
});

describe('a worker that drains', () => {
  it('finishes the stream it has, and gets nothing new', async () => {
    const go = Promise.withResolvers<void>();
    const {upstream, instance} = await addWorker(async (_request, response) => {
      openStream(response);
      response.write(chatChunk('Par', usageOf(14, 1)));
      await go.promise;
      response.end(chatChunk('is', usageOf(14, 2), 'stop') + done);
    });
    const {url} = await bench.serve();
    const stream = await postChat(url, streamed);
    const transition = {from: 'ready', to: 'draining', reason: 'test'} as const;
    await bench.store.instances.record({instanceId: instance.id, correlationId: 'cor_test', transition});
    await bench.eventually(async () => ((await bench.metrics()).includes('state="draining"} 1') ? true : null));
    const refused = await postChat(url, chatBody);
    expect([refused.status, await refused.json()]).toMatchObject([503, {error: {code: 'no_capacity'}}]);
    go.resolve();
    expect(await stream.text()).toContain('[DONE]');
    expect(upstream.seen).toHaveLength(1);
  });
});

it('keeps a session on one worker', async () => {
  const workers = [await addWorker(shortAnswer), await addWorker(shortAnswer), await addWorker(shortAnswer)];
  const {url} = await bench.serve();
  for (let request = 0; request < 6; request++) await postChat(url, chatBody, {'x-inventiv-session': 'chat-7'});
  expect(workers.map(({upstream}) => upstream.seen.length).toSorted()).toEqual([0, 0, 6]);
});

function afterFirst(response: Parameters<Script>[1], then: () => void): void {
  openStream(response);
  response.write(chatChunk('Par', usageOf(14, 1)), () => setTimeout(then, 30));
}

async function addWorker(script: Script): Promise<{upstream: ScriptedUpstream; instance: Instance}> {
  const upstream = new ScriptedUpstream(script);
  upstreams.push(upstream);
  return {upstream, instance: await bench.addWorker(await upstream.listen())};
}

async function serveWith(script: Script, limits = {}): Promise<{url: string; upstream: ScriptedUpstream}> {
  const {upstream} = await addWorker(script);
  return {url: (await bench.serve({limits})).url, upstream};
}
