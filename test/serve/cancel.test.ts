import {connect} from 'node:net';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {until} from '../support/until.ts';
import {chatBody, postChat, ServeBench, secret} from './support/bench.ts';
import {chatChunk, openStream, ScriptedUpstream, shortStream, usageOf} from './support/scripted-upstream.ts';

/** One measurement on a busy machine; the flowing stream takes a median. */
const reachesWorkerWithinMs = 1000;

let bench: ServeBench;
let upstream: ScriptedUpstream;
let url: string;

beforeEach(async () => {
  bench = await ServeBench.open();
  upstream = new ScriptedUpstream(shortStream);
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
  ({url} = await bench.serve());
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

it('stops a stream that is flowing within 100 ms (median of seven), and bills what the worker had counted', async () => {
  upstream.script = (_request, response) => {
    openStream(response);
    response.write(chatChunk('', usageOf(14, 0)) + chatChunk('Par', usageOf(14, 1)) + chatChunk('is', usageOf(14, 2)));
  };
  const delaysMs: number[] = [];
  for (let round = 0; round < 7; round++) {
    const abort = new AbortController();
    const response = await postChat(url, {...chatBody, stream: true}, {}, abort.signal);
    await response.body?.getReader().read();
    delaysMs.push(await abandonedAfterMs(() => abort.abort()));
  }

  expect(delaysMs.toSorted((a, b) => a - b)[3]).toBeLessThan(100);
  expect((await bench.usage(7))[6]).toMatchObject({
    outcome: 'cancelled',
    httpStatus: 499,
    promptTokens: 14,
    completionTokens: 2,
    estimated: false,
  });
});

it('stops a stream that is still in its prefill, and bills nothing', async () => {
  upstream.script = () => {};
  await expectAbandonedSoon(await leaveAfterArrival({...chatBody, stream: true}));
  expect((await bench.usage(1))[0]).toMatchObject({
    outcome: 'cancelled',
    promptTokens: 0,
    completionTokens: 0,
    firstTokenMs: null,
  });
});

it('stops an answer that is not streamed, and marks its count as a guess', async () => {
  upstream.script = () => {};
  await expectAbandonedSoon(await leaveAfterArrival(chatBody));
  expect((await bench.usage(1))[0]).toMatchObject({
    outcome: 'cancelled',
    streamed: false,
    estimated: true,
    completionTokens: 0,
  });
});

it('stops a stream whose client no longer reads', async () => {
  const piece = chatChunk('x'.repeat(4096), usageOf(14, 1));
  let written = 0;
  upstream.script = (_request, response) => {
    openStream(response);
    const more = (): void => {
      while (!response.destroyed && written < 64 * 1024 * 1024) {
        written += piece.length;
        if (!response.write(piece)) return void response.once('drain', more);
      }
    };
    more();
  };
  const socket = rawRequest({...chatBody, stream: true});
  await new Promise(resolve => socket.once('data', resolve));
  socket.pause();
  let before = -1;
  await until('the worker to stand still', async () => {
    if (written === before) return true;
    before = written;
    await bench.clock.sleep(300);
    return false;
  });
  expect(written).toBeLessThan(32 * 1024 * 1024);
  await expectAbandonedSoon(() => socket.destroy());
});

it('sends nothing to a worker when the client leaves in the middle of its body', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${secret}\r\ncontent-length: 500\r\n\r\n{"model":`,
  );
  await new Promise(resolve => socket.once('connect', resolve));
  await bench.clock.sleep(50);
  socket.destroy();
  await metricBecomes('inventiv_proxy_requests_total{endpoint="chat/completions",status="499"}', 1);
  expect(upstream.seen).toEqual([]);
});

it('frees the place of a cancelled request', async () => {
  upstream.script = () => {};
  await expectAbandonedSoon(await leaveAfterArrival({...chatBody, stream: true}));
  await metricBecomes('inventiv_proxy_in_flight_requests', 0);
  await metricBecomes(/inventiv_worker_outstanding_requests\{instance="[^"]+"\}/, 0);
});

async function leaveAfterArrival(body: object): Promise<() => void> {
  const abort = new AbortController();
  const arrived = upstream.nextRequest();
  postChat(url, body, {}, abort.signal).catch(() => {});
  await arrived;
  return () => abort.abort();
}

async function expectAbandonedSoon(leave: () => void): Promise<void> {
  expect(await abandonedAfterMs(leave)).toBeLessThan(reachesWorkerWithinMs);
}

async function abandonedAfterMs(leave: () => void): Promise<number> {
  const leftAt = performance.now();
  leave();
  const abandonedAt = await upstream.seen.at(-1)?.abandoned;
  return (abandonedAt ?? Number.POSITIVE_INFINITY) - leftAt;
}

async function metricBecomes(name: string | RegExp, value: number): Promise<void> {
  const pattern = new RegExp(
    `^${typeof name === 'string' ? name.replace(/[{}/]/g, '\\$&') : name.source} ${value}$`,
    'm',
  );
  for (let left = 50; left > 0; left--) {
    if (pattern.test(await bench.metrics())) return;
    await bench.clock.sleep(20);
  }

  expect(await bench.metrics()).toMatch(pattern);
}

function rawRequest(body: object) {
  const text = JSON.stringify(body);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${secret}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  return socket;
}
