import type {ServerResponse} from 'node:http';
import {connect, type Socket} from 'node:net';
import type {ProxyEndpoint} from '../../src/core/proxy/endpoints.ts';
import {endpoints, traitsOf} from '../../src/core/proxy/endpoints.ts';
import {ServeBench, secret} from '../serve/support/bench.ts';
import {
  answerJson,
  openStream,
  ScriptedUpstream,
  type SeenRequest,
  servedModel,
} from '../serve/support/scripted-upstream.ts';

/** Where a request is when its client leaves. */
const phases = ['body', 'waiting', 'begun', 'flowing', 'unread', 'second worker'] as const;
type Phase = (typeof phases)[number];

export interface DisconnectRow {
  readonly endpoint: ProxyEndpoint;
  readonly streamed: boolean;
  readonly phase: Phase;
  /** From the client's departure until the worker saw its connection closed; null where no worker was asked. */
  readonly closedAfterMs: number | null;
  /** Places still held, in the proxy and at its workers, when the ledger has its line. */
  readonly inFlight: number;
  readonly ledgerRows: number;
  readonly outcome: string | null;
  readonly billed: string;
}

/** How long a departure may take to be seen before the matrix gives up on a cell. */
const patienceMs = 5000;
const settleMs = 30;

/** Every phase of every endpoint, streamed or not, one after the other against a real server with real sockets. */
export async function runDisconnectMatrix(
  only: readonly ProxyEndpoint[] = Object.keys(endpoints) as ProxyEndpoint[],
): Promise<readonly DisconnectRow[]> {
  await using bench = await ServeBench.open();
  await using upstream = new ScriptedUpstream(() => {});
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
  const {url} = await bench.serve({limits: {slowClientTimeoutMs: 60_000}});
  const rows: DisconnectRow[] = [];
  const one = async (endpoint: ProxyEndpoint, streamed: boolean, phase: Phase): Promise<void> => {
    rows.push(await leave({bench, upstream, url}, {endpoint, streamed, phase}));
  };
  for (const endpoint of only) {
    for (const streamed of traitsOf(endpoint).stream === null ? [false] : [false, true]) {
      for (const phase of phases.slice(0, streamed ? 5 : 3)) await one(endpoint, streamed, phase);
    }
  }

  for (const streamed of [false, true]) rows.push(await leaveSecondWorker(streamed));
  return rows;
}

const triesMax = 8;

/** Of two workers that nobody has used, each is asked first every other time: soon that is the one that refuses. */
async function leaveSecondWorker(streamed: boolean): Promise<DisconnectRow> {
  await using bench = await ServeBench.open();
  await using upstream = new ScriptedUpstream(() => {});
  await using refusing = refusingUpstream();
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
  await bench.addWorker(await refusing.listen());
  const {url} = await bench.serve();
  for (let tries = 0; tries < triesMax; tries++) {
    const row = await leave({bench, upstream, url}, {endpoint: 'chat/completions', streamed, phase: 'second worker'});
    if (refusing.seen.length > 0) return row;
  }

  throw new Error(`the worker that refuses was not asked first in ${triesMax} tries`);
}

function refusingUpstream(): ScriptedUpstream {
  return new ScriptedUpstream((_request, response) => answerJson(response, 503, {error: {message: 'full'}}));
}

interface Stage {
  readonly bench: ServeBench;
  readonly upstream: ScriptedUpstream;
  readonly url: string;
}

interface Cell {
  readonly endpoint: ProxyEndpoint;
  readonly streamed: boolean;
  readonly phase: Phase;
}

async function leave({bench, upstream, url}: Stage, cell: Cell): Promise<DisconnectRow> {
  const known = new Set((await ledger(bench)).map(({requestId}) => requestId));
  const arrived = Promise.withResolvers<SeenRequest>();
  upstream.script = (seen, response) => {
    if (/tokenize|count_tokens/.test(seen.path) && !cell.endpoint.includes('token')) {
      answerJson(response, 200, {count: 14, input_tokens: 14});
      return;
    }

    begin(cell, response);
    arrived.resolve(seen);
  };
  const client = connect(Number(new URL(url).port), '127.0.0.1');
  client.on('error', () => {});
  if (cell.phase === 'unread') client.pause();
  const request = requestBytes(cell);
  client.write(cell.phase === 'body' ? request.subarray(0, -3) : request);
  const seen = cell.phase === 'body' ? null : await arrived.promise;
  await ready(cell.phase, client);

  const leftAtMs = performance.now();
  client.destroy();
  const closedAtMs = seen === null ? null : await withPatience(seen.abandoned);
  const isBilled = cell.phase !== 'body';
  const lines = isBilled
    ? await bench.eventually(async () => {
        const fresh = (await ledger(bench)).filter(({requestId}) => !known.has(requestId));
        return fresh.length > 0 ? fresh : null;
      })
    : [];
  const inFlight = await bench.eventually(async () => {
    const count = placesHeld(await bench.metrics());
    return count === 0 || isBilled ? count : null;
  });
  const [line] = lines;
  return {
    ...cell,
    closedAfterMs: closedAtMs === null ? null : closedAtMs - leftAtMs,
    inFlight,
    ledgerRows: lines.length,
    outcome: line?.outcome ?? null,
    billed:
      line === undefined ? '-' : `${line.promptTokens}+${line.completionTokens}${line.estimated ? ' (counted)' : ''}`,
  };
}

/** In the proxy and at its workers. */
function placesHeld(metrics: string): number {
  const held = metrics.matchAll(/^inventiv_(?:proxy_in_flight_requests|worker_outstanding_requests\{[^}]*\}) (\d+)$/gm);
  return [...held].reduce((sum, [, count]) => sum + Number(count), 0);
}

function ledger(bench: ServeBench) {
  return bench.store.usage.list(bench.scope, {limit: 5000});
}

/** What the worker has sent when the client leaves. */
function begin({endpoint, streamed, phase}: Cell, response: ServerResponse): void {
  if (phase === 'waiting' || phase === 'second worker') return;
  if (!streamed) {
    response.writeHead(200, {'content-type': 'application/json'}).write('{"id":');
    return;
  }

  openStream(response);
  response.flushHeaders();
  if (phase === 'begun') return;
  const events = streamEvents(endpoint);
  response.write(events.first + events.next);
  if (phase !== 'unread') return;
  // More than all buffers on the way to a client that does not read.
  const flood = (): void => {
    while (!response.destroyed && response.write(events.next.repeat(200)));
    if (!response.destroyed) response.once('drain', flood);
  };
  flood();
}

function streamEvents(endpoint: ProxyEndpoint): {first: string; next: string} {
  const usage = {prompt_tokens: 14, completion_tokens: 2, total_tokens: 16};
  const kind = traitsOf(endpoint).stream;
  if (kind === 'responses')
    return {first: event('response.created', {response: {}}), next: event('response.output_text.delta', {delta: 'a'})};
  if (kind === 'messages') {
    const message = {usage: {input_tokens: 14, output_tokens: 0}};
    const delta = {type: 'text_delta', text: 'a'};
    return {first: event('message_start', {message}), next: event('content_block_delta', {index: 0, delta})};
  }

  const chunk = `data: ${JSON.stringify({choices: [{index: 0, delta: {content: 'a'}}], usage})}\n\n`;
  return {first: chunk, next: chunk};
}

function event(type: string, more: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({type, ...more})}\n\n`;
}

function requestBytes({endpoint, streamed}: Cell): Buffer {
  const {paths, body} = traitsOf(endpoint);
  const form = `--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n${servedModel}\r\n--b\r\ncontent-disposition: form-data; name="stream"\r\n\r\n${streamed}\r\n--b--\r\n`;
  const members = {
    model: servedModel,
    messages: [{role: 'user', content: 'hi'}],
    prompt: 'hi',
    input: 'hi',
    ...(streamed && {stream: true}),
  };
  const text = body === 'form' ? form : JSON.stringify(members);
  const type = body === 'form' ? 'multipart/form-data; boundary=b' : 'application/json';
  const head = `POST ${paths[0]} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${secret}\r\ncontent-type: ${type}\r\ncontent-length: ${text.length}\r\n\r\n`;
  return Buffer.from(head + text);
}

/** Until the client is in the phase: it has read what it was sent, or everything on the way to it is full. */
async function ready(phase: Phase, client: Socket): Promise<void> {
  if (phase === 'flowing') await new Promise(resolve => client.once('data', resolve));
  else await new Promise(resolve => setTimeout(resolve, phase === 'unread' ? 10 * settleMs : settleMs));
}

async function withPatience(moment: Promise<number>): Promise<number> {
  const late = new Promise<number>(resolve => setTimeout(() => resolve(Number.POSITIVE_INFINITY), patienceMs).unref());
  return await Promise.race([moment, late]);
}
