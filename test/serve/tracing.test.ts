import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {createOtlpExporter} from '../../src/adapters/otlp/otlp-exporter.ts';
import {chatBody, postChat, ServeBench} from './support/bench.ts';
import {answerJson, ScriptedUpstream, servedModel, shortStream} from './support/scripted-upstream.ts';

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: {readonly code?: number};
  readonly attributes: readonly {key: string; value: Record<string, unknown>}[];
}

let bench: ServeBench;
const upstreams: ScriptedUpstream[] = [];
/** What the receiver of traces was posted, as it came. */
let received: {path: string; headers: Record<string, unknown>; body: string}[];
let receiverStatus: number;
let receiver: ReturnType<typeof createServer>;
let receiverUrl: string;

beforeEach(async () => {
  bench = await ServeBench.open();
  await bench.addKey();
  received = [];
  receiverStatus = 200;
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      received.push({path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8')});
      response.writeHead(receiverStatus, {'content-type': 'application/json'}).end('{}');
    });
  });
  await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve));
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/v1/traces`;
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  receiver.closeAllConnections();
  await new Promise(resolve => receiver.close(resolve));
  await Promise.all(upstreams.splice(0).map(upstream => upstream[Symbol.asyncDispose]()));
});

async function worker(script: ScriptedUpstream['script']): Promise<ScriptedUpstream> {
  const upstream = new ScriptedUpstream(script);
  upstreams.push(upstream);
  await bench.addWorker(await upstream.listen());
  return upstream;
}

function tracing() {
  const resource = {'service.name': 'inventiv-test'};
  return {spanExporter: createOtlpExporter({url: receiverUrl, headers: {'x-token': 'abc'}, resource})};
}

function spans(): OtlpSpan[] {
  return received.flatMap(({body}) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans);
}

function attributesOf(span: OtlpSpan | undefined): Record<string, unknown> {
  return Object.fromEntries((span?.attributes ?? []).map(({key, value}) => [key, Object.values(value)[0]]));
}

const callersTrace = '0af7651916cd43dd8448eb211c80319c';
const callersSpan = 'b7ad6b7169203331';
const traceparent = `00-${callersTrace}-${callersSpan}-01`;

describe('traces of requests', () => {
  it('continue the trace of the caller, to the worker too, with a span for each attempt', async () => {
    const broken = await worker((_request, response) => answerJson(response, 503, {error: {}}));
    const well = await worker(shortStream);
    const server = await bench.serve({}, tracing());
    const words = {...chatBody, stream: true, messages: [{role: 'user', content: 'a-secret-word'}]};
    // Two in turn: one of them meets the broken worker first.
    for (let count = 0; count < 2; count++) await (await postChat(server.url, words, {traceparent})).text();
    await server.close();

    expect(received[0]).toMatchObject({
      path: '/v1/traces',
      headers: {'x-token': 'abc', 'content-type': 'application/json'},
    });
    expect(received.map(({body}) => body).join()).not.toContain('a-secret-word');
    const all = spans();
    expect(new Set(all.map(({traceId}) => traceId))).toEqual(new Set([callersTrace]));
    const requests = all.filter(({kind}) => kind === 2);
    expect(requests.map(({parentSpanId, name}) => [parentSpanId, name])).toEqual([
      [callersSpan, 'POST /v1/chat/completions'],
      [callersSpan, 'POST /v1/chat/completions'],
    ]);
    const attempts = all.filter(({kind}) => kind === 3);
    expect(attempts).toHaveLength(3);
    const told = [...broken.seen, ...well.seen].map(({headers}) => headers.traceparent);
    expect(told.toSorted()).toEqual(attempts.map(({spanId}) => `00-${callersTrace}-${spanId}-01`).toSorted());
    expect(attempts.every(({parentSpanId}) => requests.some(({spanId}) => spanId === parentSpanId))).toBe(true);

    const failed = attempts.find(({status}) => status.code === 2);
    expect(attributesOf(failed)).toMatchObject({
      'error.type': expect.any(String),
      'inventiv.attempt.result': 'refused',
    });
    const served = attempts.find(({status}) => status.code === undefined);
    expect(served?.name).toBe(`chat ${servedModel}`);
    expect(attributesOf(served)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'vllm',
      'gen_ai.request.model': servedModel,
      'gen_ai.usage.input_tokens': '14',
      'gen_ai.usage.output_tokens': '2',
    });
    expect(BigInt(served?.endTimeUnixNano ?? 0)).toBeGreaterThanOrEqual(BigInt(served?.startTimeUnixNano ?? 1));
    expect(attributesOf(requests[0])).toMatchObject({
      'http.response.status_code': '200',
      'inventiv.outcome': 'completed',
    });
  });

  it('begin here without a caller, and are not made where the caller does not want them', async () => {
    const upstream = await worker(shortStream);
    const server = await bench.serve({}, tracing());
    await (await postChat(server.url, {...chatBody, stream: true})).text();
    const unsampled = `00-${callersTrace}-${callersSpan}-00`;
    await (await postChat(server.url, {...chatBody, stream: true}, {traceparent: unsampled})).text();
    await server.close();
    expect(spans()).toHaveLength(2);
    expect(spans().find(({kind}) => kind === 2)).not.toHaveProperty('parentSpanId');
    expect(upstream.seen.map(({headers}) => headers.traceparent)).toEqual([
      expect.stringMatching(/^00-\w{32}-\w{16}-01$/),
      unsampled,
    ]);
  });

  it.each([
    [
      'answers with errors',
      () => {
        receiverStatus = 500;
      },
    ],
    ['is not there', () => receiver.close()],
  ])('that cannot be delivered, because the receiver %s, cost no request anything', async (_what, breakIt) => {
    await worker(shortStream);
    breakIt();
    const server = await bench.serve({}, tracing());
    for (let count = 0; count < 3; count++) {
      const answer = await postChat(server.url, {...chatBody, stream: true});
      expect(await answer.text()).toContain('[DONE]');
    }

    await bench.eventually(async () =>
      (await bench.metrics()).includes('inventiv_trace_spans_total{result="failed"}') ? true : null,
    );
    await server.close();
    expect(bench.logged.filter(({event}) => event === 'trace_export_failed').length).toBe(1);
    expect(JSON.stringify(bench.logged)).not.toContain('abc');
  });
});
