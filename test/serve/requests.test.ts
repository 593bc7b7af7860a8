import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {createServeInspector} from '../../src/adapters/serve/admin-client.ts';
import {chatBody, postChat, ServeBench} from './support/bench.ts';
import {answerJson, ScriptedUpstream, shortStream} from './support/scripted-upstream.ts';

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

async function upstream(script: ScriptedUpstream['script']): Promise<string> {
  const started = new ScriptedUpstream(script);
  upstreams.push(started);
  return started.listen();
}

describe('what serve remembers of a request', () => {
  it('is its attempts with all candidates as they stood, its timings, its usage and its end', async () => {
    const broken = await bench.addWorker(
      await upstream((_request, response) => answerJson(response, 503, {error: {}})),
    );
    const well = await bench.addWorker(await upstream(shortStream));
    const server = await bench.serve();
    // Two in turn: one of them meets the broken worker first.
    for (const id of ['one', 'two']) {
      await (await postChat(server.url, {...chatBody, stream: true}, {'x-request-id': id})).text();
    }

    const inspector = createServeInspector(server.adminAddress?.port ?? 0);
    const traces = await inspector.recentRequests({limit: 10, adminPort: null});
    expect(traces.map(({clientRequestId}) => clientRequestId)).toEqual(['two', 'one']);
    const failedOver = traces.find(({attempts}) => attempts.length === 2);
    expect(failedOver).toMatchObject({
      status: 200,
      outcome: 'completed',
      streamed: true,
      promptTokens: 14,
      completionTokens: 2,
      attempts: [
        {chosen: broken.id, why: 'least_loaded', result: 'refused', errorCode: expect.any(String)},
        {chosen: well.id, why: 'only', result: 'streamed', errorCode: null},
      ],
    });
    expect(failedOver?.attempts[1]?.candidates.find(({id}) => id === broken.id)).toMatchObject({
      excluded: 'tried',
      health: 0.5,
    });
    expect(failedOver?.overheadMs).toBeGreaterThan(0);
    expect(await inspector.findRequest('one', null)).toEqual(traces[1]);
    expect(await inspector.findRequest(traces[0]?.requestId ?? '', null)).toEqual(traces[0]);
    expect(await inspector.findRequest('three', null)).toBeNull();
  });

  it('says how a session was routed, and holds nothing that was said', async () => {
    for (let count = 0; count < 2; count++) await bench.addWorker(await upstream(shortStream));
    const server = await bench.serve();
    const words = {...chatBody, messages: [{role: 'user', content: 'a-secret-word'}]};
    for (let count = 0; count < 4; count++)
      await (await postChat(server.url, words, {'x-inventiv-session': 's'})).text();
    const inspector = createServeInspector(server.adminAddress?.port ?? 0);
    const traces = await inspector.recentRequests({limit: 10, adminPort: null});
    expect(new Set(traces.map(({attempts}) => `${attempts[0]?.chosen} ${attempts[0]?.why}`)).size).toBe(1);
    expect(traces[0]?.attempts[0]).toMatchObject({why: 'sticky'});
    expect(JSON.stringify(traces)).not.toContain('a-secret-word');
  });

  it('is a line of the log each where that is wanted, without what was said', async () => {
    const worker = await bench.addWorker(await upstream(shortStream));
    const server = await bench.serve({accessLog: true});
    const words = {...chatBody, stream: true, messages: [{role: 'user', content: 'a-secret-word'}]};
    await (await postChat(server.url, words, {'x-request-id': 'one'})).text();
    const line = bench.logged.find(({event}) => event === 'request');
    expect(line?.fields).toMatchObject({
      clientRequestId: 'one',
      status: 200,
      outcome: 'completed',
      promptTokens: 14,
      completionTokens: 2,
      worker: worker.id,
    });
    expect(JSON.stringify(bench.logged)).not.toContain('a-secret-word');
  });

  it('is followed as requests end, from a place in them', async () => {
    await bench.addWorker(await upstream(shortStream));
    const server = await bench.serve();
    const port = server.adminAddress?.port ?? 0;
    const ask = async (id: string) => (await postChat(server.url, chatBody, {'x-request-id': id})).text();
    const ended = async (after: string | null) => {
      const wish = {after, limit: 10, adminPort: null};
      const {cursor, requests} = await createServeInspector(port).endedRequests(wish, new AbortController().signal);
      return {cursor, ids: requests.map(({clientRequestId}) => clientRequestId)};
    };
    await ask('one');
    const first = await ended(null);
    expect(first.ids).toEqual(['one']);
    await ask('two');
    expect((await ended(first.cursor)).ids).toEqual(['two']);
    expect((await fetch(`http://127.0.0.1:${port}/ended-requests?after=lots`)).status).toBe(400);
    expect((await fetch(`${server.url}/ended-requests`)).status).toBe(404);
  });

  it('is not on the client port', async () => {
    const server = await bench.serve();
    expect((await fetch(`${server.url}/requests`)).status).toBe(404);
  });

  it('says that nobody listens, with what to do', async () => {
    const server = await bench.serve();
    await server.close();
    await expect(
      createServeInspector(server.adminAddress?.port ?? 0).recentRequests({limit: 1, adminPort: null}),
    ).rejects.toMatchObject({code: 'not_found', hint: expect.stringContaining('--admin-port')});
  });

  it('leaves no request counted at any worker, whatever the mix of ends', async () => {
    let turn = 0;
    await bench.addWorker(
      await upstream((request, response) => {
        switch (turn++ % 5) {
          case 0:
            return shortStream(request, response);
          case 1:
            response.destroy();
            return;
          case 2:
            answerJson(response, 400, {error: {message: 'no'}});
            return;
          case 3:
            answerJson(response, 429, {error: {message: 'full'}});
            return;
          default:
            response.writeHead(200, {'content-type': 'text/event-stream'}).write('data: {"choices":[]}\n\n');
            setTimeout(() => response.destroy(), 20);
        }
      }),
    );
    const server = await bench.serve();
    await Promise.allSettled(
      Array.from({length: 40}, async (_, index) => {
        const leave = index % 4 === 3 ? AbortSignal.timeout(15) : undefined;
        await (await postChat(server.url, {...chatBody, stream: true}, {}, leave)).text();
      }),
    );
    const gauge = await bench.eventually(async () => {
      const text = await bench.metrics();
      return /inventiv_worker_outstanding_requests\{instance="[^"]+"\} 0\n/.test(text) ? text : null;
    });
    expect(gauge).toMatch(/inventiv_proxy_in_flight_requests 0\n/);
  });
});
