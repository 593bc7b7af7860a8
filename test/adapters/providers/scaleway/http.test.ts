import {afterEach, describe, expect, it} from 'vitest';
import {httpFor} from '../../../../src/adapters/providers/scaleway/http.ts';
import {seededIds} from '../../../support/seeded-ids.ts';
import {type InstantClock, instantClock} from './support/instant-clock.ts';
import {type ScriptedAnswer, type ScriptedServer, startScriptedServer} from './support/scripted-server.ts';

const ok: ScriptedAnswer = {status: 200, body: {fine: true}};
const unavailable: ScriptedAnswer = {
  status: 503,
  text: '<html>upstream</html>',
  headers: {'Content-Type': 'text/html'},
};
const tooMany: ScriptedAnswer = {status: 429, headers: {'X-Envoy-Ratelimited': 'true'}};
const servers = '/instance/v1/zones/fr-par-2/servers';

let server: ScriptedServer;
let clock: InstantClock;

async function send(
  answers: readonly ScriptedAnswer[],
  request: {method?: string; path?: string; body?: string; signal?: AbortSignal; requestTimeoutMs?: number} = {},
) {
  server = await startScriptedServer(answers);
  clock = instantClock();
  const {method = 'GET', path = servers, body, signal, requestTimeoutMs = 15_000} = request;
  const http = httpFor({correlationId: 'cor_1', ...(signal && {signal})}, {clock, ids: seededIds(), requestTimeoutMs});
  return http(`${server.url}${path}`, {method, ...(body !== undefined && {body})});
}

afterEach(() => server[Symbol.asyncDispose]());

describe('a call that may be repeated', () => {
  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])(
    'is repeated as %s after 502, 503, 504, until it is answered',
    async method => {
      const bad = [502, 503, 504].map(status => ({...unavailable, status}));
      const response = await send([...bad, ok], {method, ...(method === 'GET' ? {} : {body: '{"size":1}'})});
      expect(await response.json()).toEqual({fine: true});
      expect(server.received.map(request => request.method)).toEqual([method, method, method, method]);
      expect(new Set(server.received.map(request => request.body)).size).toBe(1);
    },
  );

  it('is repeated after a lost connection and after an answer that never comes', async () => {
    const response = await send(['reset', 'hang', ok], {requestTimeoutMs: 1000});
    expect(response.status).toBe(200);
    expect(server.received).toHaveLength(3);
  });

  it('is given up after four tries, with the last failure', async () => {
    await expect(send([unavailable, unavailable, unavailable, unavailable, ok])).rejects.toMatchObject({
      code: 'provider_unavailable',
      retryable: true,
    });
    expect(server.left).toEqual([ok]);
  });

  it('waits longer from try to try, with jitter, and longest when the rate is limited', async () => {
    await send([unavailable, unavailable, unavailable, ok]);
    const [first = 0, second = 0, third = 0] = clock.sleptMs;
    expect(first).toBeGreaterThanOrEqual(125);
    expect(first).toBeLessThanOrEqual(250);
    expect(second).toBeGreaterThanOrEqual(250);
    expect(third).toBeLessThanOrEqual(1000);
    await server[Symbol.asyncDispose]();
    await send([tooMany, ok]);
    expect(clock.sleptMs[0]).toBeGreaterThanOrEqual(500);
  });

  it('is repeated after JSON that breaks off', async () => {
    const broken = {status: 200, text: '{"server": {"id": "12', headers: {'Content-Type': 'application/json'}};
    expect((await send([broken, ok])).status).toBe(200);
    await server[Symbol.asyncDispose]();
    await expect(send([broken, broken, broken, broken])).rejects.toMatchObject({detailCode: 'malformed_answer'});
  });

  it.each([
    [400, {type: 'invalid_arguments'}],
    [401, {type: 'denied_authentication'}],
    [403, {type: 'permissions_denied'}],
    [404, {type: 'not_found'}],
    [409, {type: 'transient_state'}],
    [503, {type: 'out_of_stock'}],
  ])('is not repeated after %i %j', async (status, body) => {
    await expect(send([{status, body}, ok])).rejects.toThrow();
    expect(server.left).toEqual([ok]);
  });
});

describe('a POST', () => {
  it.each<[string, ScriptedAnswer]>([
    ['500', {status: 500, body: {type: 'server_error'}}],
    ['503', unavailable],
    ['429', tooMany],
    ['a lost connection', 'reset'],
  ])('that creates is sent once, whatever happens: %s', async (_, answer) => {
    await expect(send([answer, ok], {method: 'POST', body: '{"name":"a"}'})).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
    expect(server.received).toHaveLength(1);
  });

  it('that powers on is repeated, one that terminates is not', async () => {
    const path = `${servers}/1/action`;
    await send([unavailable, ok], {method: 'POST', path, body: '{"action":"poweron"}'});
    expect(server.received).toHaveLength(2);
    await server[Symbol.asyncDispose]();
    await expect(send([unavailable, ok], {method: 'POST', path, body: '{"action":"terminate"}'})).rejects.toThrow();
    expect(server.received).toHaveLength(1);
  });
});

describe('every call', () => {
  it('carries the correlation id', async () => {
    await send([ok]);
    expect(server.received[0]?.headers['x-correlation-id']).toBe('cor_1');
  });

  it('stops at once when the caller aborts, with the reason of the caller', async () => {
    const controller = new AbortController();
    const sending = send(['hang'], {signal: controller.signal, requestTimeoutMs: 10_000});
    setTimeout(() => controller.abort(new Error('stop')), 50);
    await expect(sending).rejects.toThrow('stop');
  });

  it('does not follow a redirect with its key', async () => {
    const elsewhere = {status: 302, headers: {Location: 'http://127.0.0.1:9/'}};
    await expect(send([elsewhere])).rejects.toMatchObject({code: 'provider_unavailable'});
    expect(server.received).toHaveLength(1);
  });

  it('says what failed when nobody answers, and not what was sent', async () => {
    server = await startScriptedServer([]);
    const {url} = server;
    await server[Symbol.asyncDispose]();
    clock = instantClock();
    const http = httpFor({correlationId: 'cor_1'}, {clock, ids: seededIds()});
    const headers = {'X-Auth-Token': '00000000-1111-4222-8333-444444444444'};
    const failure = await http(`${url}/x`, {headers}).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({code: 'provider_unavailable', detailCode: 'connection_failed'});
    expect(String(failure)).toContain('ECONNREFUSED');
    expect(JSON.stringify(failure) + String(failure)).not.toContain('444444444444');
    server = await startScriptedServer([]);
  });

  it('gives an answer with a character set the one content type that the SDK reads', async () => {
    const body = {fine: true};
    const typed = {
      status: 200,
      text: JSON.stringify(body),
      headers: {'Content-Type': 'application/json; charset=utf-8'},
    };
    const response = await send([typed]);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(await response.json()).toEqual(body);
  });
});
