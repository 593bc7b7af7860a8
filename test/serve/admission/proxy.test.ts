import {afterAll, beforeAll, beforeEach, expect, it} from 'vitest';
import type {Gate} from '../../../src/serve/admission/gate.ts';
import {aSpec} from '../../contract/store/rows.ts';
import {chatBody, postChat, ServeBench} from '../support/bench.ts';
import {
  chatChunk,
  done,
  openStream,
  ScriptedUpstream,
  servedModel,
  shortStream,
  usageOf,
} from '../support/scripted-upstream.ts';
import {CountingGate} from './support.ts';

const freeModel = 'acme/free';
let bench: ServeBench;
let upstream: ScriptedUpstream;
let url: string;
let gate: CountingGate;

beforeAll(async () => {
  bench = await ServeBench.open();
  upstream = new ScriptedUpstream(shortStream);
  await bench.addKey();
  const worker = await upstream.listen();
  await bench.addWorker(worker);
  await bench.addWorker(worker, {spec: aSpec({modelHfId: freeModel, servedModelName: freeModel})});
  const scope = {...bench.scope, keyId: null, userId: null, modelHfId: servedModel};
  const present: Gate = {refresh: () => Promise.resolve([scope]), enter: request => gate.enter(request)};
  ({url} = await bench.serve({}, {gates: [present]}));
});

beforeEach(() => {
  gate = new CountingGate(1);
  upstream.script = shortStream;
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

it('admits before any worker is asked, puts the headers on the answer and settles with what was used', async () => {
  const answer = await postChat(url, {...chatBody, stream: true});
  expect(answer.headers.get('x-slots')).toBe('1');
  expect((await answer.text()).endsWith(done)).toBe(true);
  const [record] = await bench.usage(1);
  expect(gate.ends).toEqual([`${record?.requestId} settled 16`]);
});

it('refuses in the shape of the endpoint, says when to come again, and asks no worker', async () => {
  gate = new CountingGate(0);
  const before = upstream.seen.length;
  const answer = await postChat(url, chatBody);
  expect(answer.status).toBe(429);
  expect(answer.headers.get('retry-after-ms')).toBe('2500');
  expect(answer.headers.get('retry-after')).toBe('3');
  expect(answer.headers.get('x-should-retry')).toBeNull();
  expect(answer.headers.get('x-slots')).toBe('0');
  expect(await answer.json()).toMatchObject({error: {type: 'rate_limit_error', code: 'rate_limit_exceeded'}});
  expect(upstream.seen).toHaveLength(before);
  expect(await bench.metrics()).toContain('inventiv_proxy_admission_refusals_total{limit="slots"} 1');
});

it('does not ask about requests that no limit concerns', async () => {
  gate = new CountingGate(0);
  const answer = await postChat(url, {...chatBody, model: freeModel, stream: true});
  expect(answer.status).toBe(200);
  await answer.text();
});

it.each(['while it streams', 'before its first byte'])(
  'gives everything back when the client leaves %s',
  async when => {
    upstream.script = (_request, response) => {
      openStream(response);
      if (when === 'while it streams') response.write(chatChunk('Par', usageOf(14, 1)));
    };
    const abort = new AbortController();
    const arrived = upstream.nextRequest();
    const asked = postChat(url, {...chatBody, stream: true}, {}, abort.signal).then(answer => answer.text());
    await arrived;
    abort.abort();
    await expect(asked).rejects.toThrow();
    await bench.eventually(() => Promise.resolve(gate.ends[0] ?? null));
    expect(gate.open).toBe(0);
  },
);

it('gives everything back when no worker can be reached', async () => {
  await upstream[Symbol.asyncDispose]();
  expect((await postChat(url, chatBody)).status).toBe(502);
  expect(gate.ends).toHaveLength(1);
  expect(gate.open).toBe(0);
});
