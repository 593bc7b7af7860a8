import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {Json} from '../../../../support/fake-scaleway/json.ts';
import {at, BLOCK, createServer, type FrozenFake, INSTANCE, startFrozenFake} from './client.ts';

let fake: FrozenFake;

beforeEach(async () => {
  fake = await startFrozenFake();
});

afterEach(() => fake.close());

const CREATE = {method: 'POST', path: '/servers$'};

async function startServer(): Promise<string> {
  const created = await createServer(fake, 'L4-1-24G');
  const id = at<string>(created.body, 'server', 'id');
  await fake.call('POST', `${INSTANCE}/servers/${id}/action`, {action: 'poweron'});
  return id;
}

async function server(id: string, field: string): Promise<Json> {
  return at((await fake.call('GET', `${INSTANCE}/servers/${id}`)).body, 'server', field);
}

describe('a fault on a call', () => {
  it.each([
    ['denied_authentication', 401, 'denied_authentication'],
    ['permissions_denied', 403, 'permissions_denied'],
    ['quotas_exceeded', 403, 'quotas_exceeded'],
    ['out_of_stock', 503, 'out_of_stock'],
    ['server_error', 500, 'server_error'],
    ['transient_state', 409, 'transient_state'],
  ])('%s answers %i once, and the next call works', async (kind, status, type) => {
    await fake.fault({kind, ...CREATE});
    expect(await createServer(fake, 'L4-1-24G')).toMatchObject({status, body: {type}});
    expect((await createServer(fake, 'L4-1-24G')).status).toBe(201);
  });

  it('rate_limited answers 429 without a body or a content type, as often as asked', async () => {
    await fake.fault({kind: 'rate_limited', times: 3});
    for (let count = 0; count < 3; count += 1) {
      const answer = await fake.call('GET', `${INSTANCE}/servers`);
      expect(answer).toMatchObject({status: 429, text: ''});
      expect(answer.headers.get('content-type')).toBeNull();
      expect(answer.headers.get('x-envoy-ratelimited')).toBe('true');
    }
    expect((await fake.call('GET', `${INSTANCE}/servers`)).status).toBe(200);
  });

  it('server_error before the call created nothing, after it created a server', async () => {
    await fake.fault({kind: 'server_error', ...CREATE});
    await createServer(fake, 'L4-1-24G');
    expect(fake.world.servers.size).toBe(0);
    await fake.fault({kind: 'server_error', when: 'after', ...CREATE});
    expect((await createServer(fake, 'L4-1-24G')).status).toBe(500);
    expect(fake.world.servers.size).toBe(1);
  });

  it('connection_reset breaks the connection', async () => {
    await fake.fault({kind: 'connection_reset', ...CREATE});
    await expect(createServer(fake, 'L4-1-24G')).rejects.toThrow('fetch failed');
  });

  it('hang never answers', async () => {
    await fake.fault({kind: 'hang', method: 'GET', path: '/ips$'});
    const signal = AbortSignal.timeout(200);
    await expect(fetch(`${fake.url}${INSTANCE}/ips`, {signal})).rejects.toThrow();
  });

  it('malformed_json answers 200 with a body cut short', async () => {
    await fake.fault({kind: 'malformed_json', method: 'GET'});
    const response = await fetch(`${fake.url}${INSTANCE}/servers`);
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toThrow();
  });

  it('lets the first calls through with skip, and stays on with times null until removed', async () => {
    const {body} = await fake.fault({kind: 'server_error', method: 'GET', skip: 1, times: null});
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await fake.call('GET', `${INSTANCE}/ips`)).status);
    expect(statuses).toEqual([200, 500, 500]);
    await fake.call('DELETE', `/control/faults/${at<string>(body, 'id')}`);
    expect((await fake.call('GET', `${INSTANCE}/ips`)).status).toBe(200);
  });

  it('says what is wrong with a fault it does not know', async () => {
    const refused = await fake.fault({kind: 'earthquake'});
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('unknown kind');
  });
});

describe('a fault in behaviour', () => {
  it('availability shows a shortage of the types named', async () => {
    await fake.fault({kind: 'availability', types: ['L4-1-24G'], value: 'shortage'});
    const {body} = await fake.call('GET', `${INSTANCE}/products/servers/availability?page=2`);
    expect(at(body, 'servers', 'L4-1-24G', 'availability')).toBe('shortage');
    expect(at(body, 'servers', 'L4-2-24G', 'availability')).toBe('available');
  });

  it('no_stock_after_poweron accepts the power-on and goes back to stopped', async () => {
    await fake.fault({kind: 'no_stock_after_poweron'});
    const id = await startServer();
    expect(await server(id, 'state')).toBe('starting');
    await fake.advance(5_000);
    expect(await server(id, 'state')).toBe('stopped');
  });

  it('late_ip gives the address later', async () => {
    await fake.fault({kind: 'late_ip', delayMs: 60_000});
    const id = await startServer();
    await fake.advance(30_000);
    expect([await server(id, 'state'), await server(id, 'public_ips')]).toEqual(['running', []]);
    await fake.advance(60_000);
    expect(await server(id, 'public_ips')).toHaveLength(1);
  });

  it('server_vanishes removes a running server as if by hand', async () => {
    await fake.fault({kind: 'server_vanishes', delayMs: 10_000});
    const id = await startServer();
    await fake.advance(40_000);
    expect((await fake.call('GET', `${INSTANCE}/servers/${id}`)).status).toBe(404);
  });

  it('slow_detach keeps the root in use for minutes after the server is gone', async () => {
    await fake.fault({kind: 'slow_detach', delayMs: 180_000});
    const created = await createServer(fake, 'L4-1-24G');
    const volume = `${BLOCK}/volumes/${at<string>(created.body, 'server', 'volumes', '0', 'id')}`;
    await fake.call('DELETE', `${INSTANCE}/servers/${at<string>(created.body, 'server', 'id')}`);
    await fake.advance(170_000);
    expect((await fake.call('GET', volume)).body).toMatchObject({status: 'in_use'});
    await fake.advance(20_000);
    expect((await fake.call('GET', volume)).body).toMatchObject({status: 'available'});
  });

  it('volume_delete_refused refuses one deletion, and the next works', async () => {
    const {body} = await fake.call('POST', `${BLOCK}/volumes`, {name: 'v', from_empty: {size: 10_000_000_000}});
    await fake.fault({kind: 'volume_delete_refused'});
    const path = `${BLOCK}/volumes/${at<string>(body, 'id')}`;
    expect((await fake.call('DELETE', path)).status).toBe(412);
    expect((await fake.call('DELETE', path)).status).toBe(204);
  });

  it('resize_stuck leaves the volume updating for ever', async () => {
    const {body} = await fake.call('POST', `${BLOCK}/volumes`, {name: 'v', from_empty: {size: 10_000_000_000}});
    await fake.advance(5_000);
    await fake.fault({kind: 'resize_stuck'});
    const path = `${BLOCK}/volumes/${at<string>(body, 'id')}`;
    await fake.call('PATCH', path, {size: 20_000_000_000});
    await fake.advance(3_600_000);
    expect((await fake.call('GET', path)).body).toMatchObject({status: 'updating', size: 10_000_000_000});
  });
});
