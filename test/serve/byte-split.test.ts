import {IncomingMessage, ServerResponse} from 'node:http';
import {Socket} from 'node:net';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {NamedEventPatcher} from '../../src/core/proxy/named-event-patcher.ts';
import type {StreamFilter} from '../../src/core/proxy/stream-patcher.ts';
import {StreamPatcher} from '../../src/core/proxy/stream-patcher.ts';
import type {UpstreamPool} from '../../src/ports/upstream.ts';
import {defaultProxyLimits} from '../../src/serve/proxy/limits.ts';
import {UpstreamReply} from '../../src/serve/proxy/upstream-reply.ts';
import {FakeClock} from '../support/fake-clock.ts';
import {FakeVllm} from './support/fake-vllm.ts';
import {servedModel} from './support/scripted-upstream.ts';

const messages = [{role: 'user', content: 'Grüße aus Zürich \u{1f30d}'}];
const usage = {stream: true, stream_options: {include_usage: true, continuous_usage_stats: true}};
const tools = [
  {type: 'function', function: {name: 'weather', parameters: {type: 'object', properties: {city: {type: 'string'}}}}},
];
const named = (kind: 'responses' | 'messages') => () =>
  new NamedEventPatcher({kind, modelBytes: Buffer.from('"alias"')});
const chunks = (view: 'hidden' | 'final' | 'continuous') => () =>
  new StreamPatcher({view, modelBytes: Buffer.from('"alias"')});

const streams: [string, string, object, () => StreamFilter][] = [
  ['chat', '/v1/chat/completions', {messages, ...usage, max_tokens: 4}, chunks('hidden')],
  [
    'chat of two answers, usage asked for',
    '/v1/chat/completions',
    {messages, ...usage, n: 2, max_tokens: 3},
    chunks('final'),
  ],
  [
    'chat with a tool',
    '/v1/chat/completions',
    {messages, ...usage, tools, tool_choice: 'required'},
    chunks('continuous'),
  ],
  ['completions', '/v1/completions', {prompt: 'Once', ...usage, max_tokens: 4}, chunks('hidden')],
  ['responses', '/v1/responses', {input: 'Once', stream: true, max_output_tokens: 10}, named('responses')],
  ['messages', '/v1/messages', {messages, stream: true, max_tokens: 12}, named('messages')],
];

describe.each(streams)('a recorded stream of %s', (_what, path, body, newFilter) => {
  let recorded: Buffer;
  let whole: Run;

  beforeAll(async () => {
    recorded = await record(path, body);
    whole = await replay(newFilter(), [recorded]);
  });

  it('comes to its end', () => {
    expect(whole.kind).toBe('streamed');
    expect(whole.sent).toContain('alias');
    expect(whole.sent).not.toContain(`"model":"${servedModel}"`);
    expect(whole.counts).toMatchObject({estimated: false});
  });

  it('gives the same bytes and the same bill wherever it is cut in two, and in single bytes', async () => {
    for (let at = 1; at < recorded.length; at++) {
      const run = await replay(newFilter(), [recorded.subarray(0, at), recorded.subarray(at)]);
      if (run.sent !== whole.sent) expect({at, ...run}).toEqual({at, ...whole});
      expect(run).toEqual(whole);
    }

    const bytes = Array.from(recorded, byte => Buffer.from([byte]));
    expect(await replay(newFilter(), bytes)).toEqual(whole);
  });

  it('that ends early at any byte is a failure, sends whole events only, and bills no more than was seen', async () => {
    for (let length = 0; length < recorded.length; length++) {
      const run = await replay(newFilter(), [recorded.subarray(0, length)]);
      // Past its last event there is nothing left that could be missing.
      if (run.kind === 'streamed') expect(run).toEqual(whole);
      else {
        expect(run.kind).toMatch(/^(?:broken|refused)$/);
        expect(whole.sent.startsWith(run.sent)).toBe(true);
        expect(run.sent === '' || run.sent.endsWith('\n\n')).toBe(true);
        expect(run.counts.completionTokens).toBeLessThanOrEqual(whole.counts.completionTokens);
        if (run.sent === '') expect(run.kind).toBe('refused');
      }
    }
  });
});

let engine: FakeVllm;
const clock = new FakeClock();
const pool: UpstreamPool = {
  send: () => ({pause: () => {}, resume: () => {}, abort: () => {}}),
  close: () => {},
  destroy: () => {},
};

beforeAll(async () => {
  engine = await FakeVllm.start(servedModel, ['--reasoning-parser', 'qwen3', '--seed', '3', '--output-len', '14']);
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

interface Run {
  readonly kind: string;
  readonly sent: string;
  readonly counts: ReturnType<StreamFilter['counts']>;
}

async function record(path: string, body: object): Promise<Buffer> {
  const answer = await fetch(`${engine.url}${path}`, {
    method: 'POST',
    headers: {connection: 'close'},
    body: JSON.stringify({model: servedModel, ...body}),
  });
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

/** What the hot path makes of these chunks: its handler is called as the pool calls it, without sockets in between. */
async function replay(patcher: StreamFilter, pieces: readonly Buffer[]): Promise<Run> {
  const response = new KeptResponse(new IncomingMessage(new Socket()));
  const reply = new UpstreamReply({
    ...{pool, path: '/', headers: [], body: Buffer.alloc(0), patcher, response, clock},
    limits: defaultProxyLimits,
    deadlineAtMs: Number.POSITIVE_INFINITY,
  });
  reply.onSent();
  reply.onHead(200, new Map([['content-type', 'text/event-stream']]));
  for (const piece of pieces) {
    // A copy each, because a chunk may be changed; and gone afterwards, as the pool reads the next one into its place.
    const chunk = Buffer.from(piece);
    reply.onData(chunk);
    chunk.fill('x');
  }

  reply.onEnd();
  const result = await reply.result;
  const last = result.kind === 'streamed' ? Buffer.from(result.lastWords).toString('utf8') : '';
  return {kind: result.kind, sent: response.text() + last, counts: patcher.counts(100)};
}

class KeptResponse extends ServerResponse {
  private readonly kept: Buffer[] = [];

  override write(chunk: Uint8Array): boolean {
    this.kept.push(Buffer.from(chunk));
    return true;
  }

  text(): string {
    return Buffer.concat(this.kept).toString('utf8');
  }
}
