import type {ServerResponse} from 'node:http';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {benchModel} from '../bench/proxy/payloads.ts';
import type {Script} from '../serve/support/scripted-upstream.ts';
import {
  chatChunk,
  done,
  openStream,
  ScriptedUpstream,
  usageChunk,
  usageOf,
} from '../serve/support/scripted-upstream.ts';
import {ServeProcess} from '../serve/support/serve-process.ts';

const chat = {model: benchModel, messages: [{role: 'user', content: 'hello'}], stream: true};
const end = 'data: [DONE]\n\n';
const rest = chatChunk('is.', usageOf(14, 2), 'stop') + usageChunk(usageOf(14, 2)) + done;
const soon: Script = (_request, response) => {
  openStream(response);
  response.write(chatChunk('Par', usageOf(14, 1)));
  // Long enough for many to be open at once.
  setTimeout(() => response.end(rest), 30);
};
let upstream: ScriptedUpstream;
let server: ServeProcess;
let upstreamUrl: string;

beforeAll(async () => {
  upstream = new ScriptedUpstream(soon);
  upstreamUrl = await upstream.listen();
  server = await ServeProcess.start(upstreamUrl, 2);
}, 150_000);

beforeEach(() => {
  upstream.script = soon;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** The data-plane processes that served something lately. */
async function processes(of = server): Promise<ReadonlySet<number>> {
  return new Set((await traces(of)).map(trace => trace.process));
}

async function traces(of: ServeProcess): Promise<readonly {process: number; outcome: string | null}[]> {
  return (await (await of.admin('/requests?limit=1000')).json()) as {process: number; outcome: string | null}[];
}

describe('serve with data-plane processes', () => {
  it('spreads requests over its processes, and remembers and counts them as one server', async () => {
    const answers = await Promise.all(Array.from({length: 20}, () => server.post('/v1/chat/completions', chat)));
    const texts = await Promise.all(answers.map(answer => answer.text()));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]?.endsWith(end)).toBe(true);
    const listed = (await (await server.admin('/requests?limit=100')).json()) as {requestId: string}[];
    expect(listed).toHaveLength(20);
    const found = await (await server.admin(`/requests/${listed[3]?.requestId}`)).json();
    expect(found).toMatchObject({requestId: listed[3]?.requestId, outcome: 'completed'});
    const ended = (await (await server.admin('/ended-requests?limit=100')).json()) as {cursor: string};
    expect(ended).toMatchObject({missed: 0, requests: {length: 20}});
    await (await server.post('/v1/chat/completions', chat)).text();
    const next = await (await server.admin(`/ended-requests?after=${ended.cursor}`)).json();
    expect(next).toMatchObject({missed: 0, requests: [{outcome: 'completed'}]});
    const metrics = await (await server.admin('/metrics')).text();
    expect(metrics).toContain('inventiv_proxy_requests_total{endpoint="chat/completions",status="200"} 21');
    expect(metrics).toMatch(/inventiv_instances\{state="ready"\} 2\n/);
    expect((await busyProcesses(server)).size).toBe(2);
  }, 150_000);

  it('answers what needs the store through any process', async () => {
    expect((await server.post('/api/worker/v1/heartbeat', {})).status).toBe(401);
    const headers = {authorization: `Bearer ${server.key}`, 'last-event-id': '0'};
    const events = await fetch(`${server.url}/events/stream`, {headers});
    expect(events.headers.get('content-type')).toContain('text/event-stream');
    const reader = events.body?.getReader();
    const {value} = (await reader?.read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toContain('id: ');
    await reader?.cancel();
    expect((await fetch(`${server.url}/v1/models`, {headers: {'x-api-key': server.key}})).status).toBe(200);
    expect((await fetch(`${server.url}/v1/models`, {headers: {'x-api-key': 'unknown'}})).status).toBe(401);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  it('answers every new connection while a process stands still, and when that one is killed', async () => {
    await using other = await ServeProcess.start(upstreamUrl, 2);
    const before = await busyProcesses(other);
    const [still = 0] = before;
    process.kill(still, 'SIGSTOP');
    const ask = () => other.postOnNewConnection('/v1/chat/completions', chat);
    expect(await Promise.all(Array.from({length: 30}, ask))).toEqual(Array(30).fill(true));
    process.kill(still, 'SIGKILL');
    expect(await Promise.all(Array.from({length: 30}, ask))).toEqual(Array(30).fill(true));
  }, 150_000);

  it('lets exactly as many in as a limit allows, whichever process they come to, and takes back what a dead one held', async () => {
    await using other = await ServeProcess.start(upstreamUrl, 2);
    const before = await busyProcesses(other);
    await other.limit({concurrency: 12, requestsPerMinute: 1_000_000});
    const isLimited = async () => {
      const answer = await other.post('/v1/chat/completions', chat);
      await answer.text();
      return answer.headers.has('x-ratelimit-limit-requests');
    };
    await expect.poll(isLimited, {timeout: 60_000}).toBe(true);
    const metrics = async () => (await other.admin('/metrics')).text();
    await expect.poll(metrics, {timeout: 60_000}).toContain('inventiv_proxy_in_flight_requests 0');

    const held: ServerResponse[] = [];
    upstream.script = (_request, response) => {
      openStream(response);
      response.write(chatChunk('Par', usageOf(14, 1)));
      held.push(response);
    };
    // Kept: a stream that nobody reads is closed with the object that stands for it.
    const answers: Response[] = [];
    const ask = async () => {
      const answer = await other.post('/v1/chat/completions', chat);
      answers.push(answer);
      return answer.status;
    };
    const statuses = await Promise.all(Array.from({length: 200}, ask));
    expect(statuses.filter(status => status === 200)).toHaveLength(12);
    expect(statuses.filter(status => status === 429)).toHaveLength(188);

    const open = (await traces(other)).filter(({outcome}) => outcome === null);
    const [victim = 0] = before;
    const freed = open.filter(trace => trace.process === victim).length;
    process.kill(victim, 'SIGKILL');
    // As many as the dead one held may come in, and none more.
    const again: number[] = [];
    const askAgain = async () => {
      again.push(await ask().catch(() => 0));
      return again.filter(status => status === 200).length;
    };
    await expect.poll(askAgain, {timeout: 60_000, interval: 1}).toBe(freed);
    for (let more = 0; more < 20; more++) expect(await askAgain()).toBe(freed);
    for (const response of held) response.end(rest);
    await Promise.all(answers.map(answer => answer.text().catch(() => '')));
  }, 150_000);

  it('loses no finished request when a process is killed under load, settles the open ones, and replaces it', async () => {
    let finished = 20;
    // Servers of other tests have the same engine.
    const seenByOthers = upstream.seen.length - finished;
    let stopped = false;
    const client = async () => {
      while (!stopped) {
        try {
          const answer = await server.post('/v1/chat/completions', chat);
          if ((await answer.text()).endsWith(end)) finished++;
        } catch {
          // Cut by the kill: not finished.
        }
      }
    };
    const clients = Array.from({length: 16}, client);
    const before = await processes();
    const [victim = 0] = before;
    await expect.poll(() => finished, {timeout: 60_000}).toBeGreaterThan(60);
    process.kill(victim, 'SIGKILL');
    const replaced = async () => {
      // The clients hold their connections to the process that stayed.
      if (await server.postOnNewConnection('/v1/chat/completions', chat)) finished++;
      return [...(await processes())].some(pid => !before.has(pid));
    };
    await expect.poll(replaced, {timeout: 60_000}).toBe(true);
    stopped = true;
    await Promise.all(clients);
    await server.stop();

    const usage = await server.usage();
    const completed = usage.filter(({outcome}) => outcome === 'completed');
    // At least: the kill may have taken the last bytes of one that was journaled.
    expect(completed.length).toBeGreaterThanOrEqual(finished);
    expect(completed.every(({completionTokens, estimated}) => completionTokens === 2 && !estimated)).toBe(true);
    // Every request that reached the engine has its one line, whatever became of its process.
    expect(usage.length).toBeGreaterThanOrEqual(upstream.seen.length - seenByOthers);
    expect(new Set(usage.map(({requestId}) => requestId)).size).toBe(usage.length);
    const lost = usage.filter(({outcome}) => outcome !== 'completed');
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every(({outcome, estimated}) => outcome === 'failed' && estimated)).toBe(true);
  }, 150_000);

  it('leaves no process and no port behind when the primary is killed', async () => {
    await using other = await ServeProcess.start(upstreamUrl, 1);
    await (await other.post('/v1/chat/completions', chat)).text();
    const pids = await processes(other);
    await other.stop('SIGKILL');
    await expect.poll(() => [...pids].filter(isAlive), {timeout: 60_000}).toEqual([]);
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  }, 150_000);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Asks on many new connections at once until all processes have served something: on a busy machine one may take all. */
async function busyProcesses(server: ServeProcess): Promise<ReadonlySet<number>> {
  const ask = async () => {
    await Promise.all(Array.from({length: 20}, () => server.postOnNewConnection('/v1/chat/completions', chat)));
    return (await processes(server)).size;
  };
  await expect.poll(ask, {timeout: 100_000}).toBe(2);
  return processes(server);
}
