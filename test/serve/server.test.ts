import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {aUsageRecord} from '../contract/store/rows.ts';
import {hasPart} from '../support/parts.ts';
import {chatBody, postChat, ServeBench, secret} from './support/bench.ts';
import {
  chatChunk,
  done,
  openStream,
  ScriptedUpstream,
  shortAnswer,
  shortStream,
  usageOf,
} from './support/scripted-upstream.ts';

let bench: ServeBench;
let upstream: ScriptedUpstream;

beforeEach(async () => {
  bench = await ServeBench.open();
  upstream = new ScriptedUpstream(shortAnswer);
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const streamed = {...chatBody, stream: true};

describe('shutting down', () => {
  it('lets a stream finish, refuses new work meanwhile, and leaves no usage behind', async () => {
    let finish = (): void => {};
    upstream.script = (_request, response) => {
      openStream(response);
      response.write(chatChunk('Par', usageOf(14, 1)));
      finish = () => void response.end(chatChunk('is', usageOf(14, 2)) + done);
    };
    const server = await bench.serve();
    const running = await postChat(server.url, streamed);
    const closing = server.close();
    await expect(postChat(server.url, chatBody)).rejects.toThrow();
    finish();
    expect(await running.text()).toContain('[DONE]');
    await closing;
    expect((await bench.store.usage.list(bench.scope, {limit: 10})).map(({outcome}) => outcome)).toEqual(['completed']);
  });

  it('ends a stream that outlasts the limit with an error event, and bills what it had', async () => {
    upstream.script = (_request, response) => {
      openStream(response);
      response.write(chatChunk('Par', usageOf(14, 1)));
    };
    const server = await bench.serve({drainTimeoutMs: 100});
    const running = await postChat(server.url, streamed);
    await server.close();
    const text = await running.text();
    expect(text).toContain('"code":"shutting_down"');
    expect(text).not.toContain('[DONE]');
    const [record] = await bench.store.usage.list(bench.scope, {limit: 10});
    expect(record).toMatchObject({outcome: 'failed', promptTokens: 14, completionTokens: 1});
  });

  it('does not wait for a body that does not come', async () => {
    const server = await bench.serve({drainTimeoutMs: 50});
    const socket = connect(server.address.port, '127.0.0.1').on('error', () => {});
    const closed = new Promise(resolve => socket.once('close', resolve));
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${secret}\r\ncontent-length: 9\r\n\r\n{`,
    );
    await bench.eventually(async () => ((await bench.metrics()).includes('in_flight_requests 1') ? true : null));
    await server.close();
    await closed;
  });

  it('is one shutdown however often it is asked for', async () => {
    const server = await bench.serve();
    await Promise.all([server.close(), server.close()]);
    expect(bench.logged.filter(({event}) => event === 'serve_stopped')).toHaveLength(1);
    expect(bench.logged.filter(({event}) => event === 'shutdown_step_failed')).toEqual([]);
  });
});

describe('ports', () => {
  it('says which flag helps when the client port is taken, and leaves nothing running', async () => {
    const first = await bench.serve();
    await expect(bench.serve({port: first.address.port})).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`Port ${first.address.port} on 127.0.0.1 is in use`),
      hint: expect.stringContaining('--port'),
    });
  });

  it('says the same of the admin port', async () => {
    const blocker = createServer();
    await new Promise<void>(resolve => blocker.listen(0, '127.0.0.1', resolve));
    const address = blocker.address();
    const adminPort = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(bench.serve({adminPort})).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining('--admin-port'),
    });
    await new Promise(resolve => blocker.close(resolve));
  });

  it('serves two processes on one store', async () => {
    const [first, second] = [await bench.serve(), await bench.serve()];
    await postChat(first.url, chatBody);
    await postChat(second.url, chatBody);
    expect(await bench.usage(2)).toHaveLength(2);
  });
});

describe('observation', () => {
  it.runIf(hasPart('promtool'))('shows metrics that promtool accepts, on the admin port alone', async () => {
    upstream.script = shortStream;
    const server = await bench.serve();
    await (await postChat(server.url, streamed)).text();
    await postChat(server.url, {...chatBody, model: 'nope'});
    await bench.usage(1);
    const text = await bench.metrics();
    expect(execFileSync('promtool', ['check', 'metrics'], {input: text, encoding: 'utf8'})).toBe('');
    expect(text).toContain('inventiv_proxy_requests_total{endpoint="chat/completions",status="200"} 1');
    expect(text).toContain('inventiv_proxy_requests_total{endpoint="chat/completions",status="404"} 1');
    expect(text).toContain('inventiv_proxy_tokens_total{model="acme/chat-8b",kind="completion"} 2');
    expect(text).toContain('inventiv_instances{state="ready"} 1');
  });

  it('tells health, readiness and version on both ports', async () => {
    const server = await bench.serve();
    for (const base of [server.url, `http://127.0.0.1:${server.adminAddress?.port}`]) {
      expect(await (await fetch(`${base}/healthz`)).json()).toEqual({status: 'ok'});
      expect(await (await fetch(`${base}/readyz`)).json()).toEqual({status: 'ready'});
      expect(await (await fetch(`${base}/version`)).json()).toEqual({name: 'inventiv', version: '0.0.0-test'});
    }
  });
});

describe('usage', () => {
  it('is read back from the journal of a process that was killed, once', async () => {
    const record = aUsageRecord(bench.rowSource());
    const journal = join(bench.directory, 'usage-journal');
    mkdirSync(journal);
    // No process has this id; the last line is one that the kill cut off.
    writeFileSync(join(journal, '4194999-0.jsonl'), `${JSON.stringify(record)}\n{"requestId":"req_half`);
    await bench.serve();
    expect(await bench.usage(1)).toMatchObject([{requestId: record.requestId, promptTokens: 10}]);
    expect(readdirSync(journal)).toEqual([]);
  });

  it('is in the journal before the client sees the end of its answer', async () => {
    let refuse = true;
    const usage = {
      ...bench.store.usage,
      appendBatch: (records: Parameters<typeof bench.store.usage.appendBatch>[0]) => {
        if (refuse) throw new Error('the disk is full');
        return bench.store.usage.appendBatch(records);
      },
    };
    const server = await bench.serve({}, {store: {...bench.store, usage}});
    await (await postChat(server.url, chatBody)).json();
    const [segment] = readdirSync(join(bench.directory, 'usage-journal'));
    expect(segment).toMatch(/^\d+-\d+\.jsonl$/);
    await bench.eventually(async () => (bench.logged.some(({event}) => event === 'usage_flush_failed') ? true : null));
    refuse = false;
    expect(await bench.usage(1)).toHaveLength(1);
    await server.close();
    expect(readdirSync(join(bench.directory, 'usage-journal'))).toEqual([]);
  });

  it('that the ledger will never take is set aside, and holds up nothing else', async () => {
    const good = Array.from({length: 9}, () => aUsageRecord(bench.rowSource()));
    const poison = [
      aUsageRecord(bench.rowSource(), {organizationId: 'org_gone'}),
      aUsageRecord(bench.rowSource(), {promptTokens: -1}),
    ];
    const journal = join(bench.directory, 'usage-journal');
    mkdirSync(journal);
    const lines = [...good.slice(0, 4), ...poison, ...good.slice(4)].map(record => `${JSON.stringify(record)}\n`);
    writeFileSync(join(journal, '4194999-0.jsonl'), lines.join(''));
    await bench.serve();
    expect(await bench.usage(good.length)).toHaveLength(good.length);
    expect(readdirSync(journal)).toEqual(['refused.jsonl']);
    const kept = readFileSync(join(journal, 'refused.jsonl'), 'utf8').trim().split('\n');
    expect(kept.map(line => JSON.parse(line).requestId)).toEqual(poison.map(({requestId}) => requestId));
    expect(await bench.metrics()).toContain('inventiv_usage_flushes_total{result="refused"} 2');
  });

  it('tells when a key was last used', async () => {
    const server = await bench.serve();
    await postChat(server.url, chatBody);
    await server.close();
    const [key] = await bench.store.keys.list(bench.scope, {includeRevoked: false});
    expect(key?.lastUsedAtMs).toBeGreaterThan(0);
  });
});
