import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import type {Instance} from '../../src/core/instance/instance.ts';
import {hasher, post, ServeBench} from './support/bench.ts';

let bench: ServeBench;
let url: string;
let instance: Instance;

beforeEach(async () => {
  bench = await ServeBench.open();
  instance = await bench.addWorker(null, {state: 'starting'});
  await bench.store.workers.saveEnrolment(instance.id, hasher.hash(fixture('register-request').enrolment_secret));
  ({url} = await bench.serve());
});

afterEach(() => bench[Symbol.asyncDispose]());

it('enrols a worker once, and takes its heartbeats with the token', async () => {
  const token = await enrol();
  const answer = await beat(fixture('heartbeat-v2-full'), token);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    ...fixture('heartbeat-reply-ok'),
    server_time: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  const [sample] = await bench.store.workers.latestSamples([instance.id]);
  expect(sample).toMatchObject({
    status: 'starting',
    phase: 'compile',
    running: 5,
    waiting: 2,
    kvUsage: 0.4375,
    promptTokens: 182_340,
    generationTokens: 96_021,
    ttftMs: 142,
    gpuUtilPercent: 87,
    gpuMemoryUsedMib: 20_724,
    gpuMemoryTotalMib: 46_068,
    cpuPercent: 23.4,
    memoryUsedBytes: 101_334_188_032 - 80_121_454_592,
  });
});

it('keeps what was not measured as unknown, never as zero', async () => {
  await beat(fixture('heartbeat-v2-minimal'), await enrol());
  const [sample] = await bench.store.workers.latestSamples([instance.id]);
  expect(sample).toMatchObject({
    running: null,
    waiting: null,
    kvUsage: null,
    gpuUtilPercent: null,
    cpuPercent: null,
    memoryUsedBytes: null,
  });
});

it('still takes the first protocol, and leaves the answers to commands out of the sample', async () => {
  const token = await enrol();
  expect((await beat(fixture('heartbeat-v1'), token)).status).toBe(200);
  expect((await bench.store.workers.latestSamples([instance.id]))[0]).toMatchObject({
    status: 'ready',
    waiting: 2,
    gpuUtilPercent: 87,
  });
  expect((await beat(fixture('heartbeat-v2-results'), token)).status).toBe(200);
  expect((await bench.store.workers.latestSamples([instance.id]))[0]?.payload).not.toContain('collect_logs');
});

it('acknowledges a heartbeat sent twice, and keeps one', async () => {
  const token = await enrol();
  for (let times = 0; times < 2; times++) expect((await beat(fixture('heartbeat-v2-full'), token)).status).toBe(200);
});

it.each([
  ['a used secret from another boot', () => enrol().then(() => register('another-boot')), 'error-401', 401],
  ['a wrong token', async () => beat(fixture('heartbeat-v2-full'), 'wrong-token-0000000000'), 'error-401', 401],
  ['no token', async () => beat(fixture('heartbeat-v2-full'), ''), 'error-401', 401],
  [
    'another boot',
    async () => beat({...fixture('heartbeat-v2-full'), boot_id: 'other'}, await enrol()),
    'error-409',
    409,
  ],
  ['a terminated instance', async () => beatWhenGone(), 'error-410', 410],
])('refuses %s as the protocol says', async (_what, send, expected, status) => {
  const answer = await send();
  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual(fixture(expected));
});

it.each([
  ['no status', {status: undefined}],
  ['a sequence that is no number', {seq: 'x'}],
  ['an unknown status', {status: 'happy'}],
])('refuses a payload with %s', async (_what, change) => {
  const answer = await beat({...fixture('heartbeat-v2-full'), ...change}, await enrol());
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({error: {code: 'invalid_payload'}});
});

function fixture(name: string) {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/agent-protocol/${name}.json`), 'utf8'));
}

function register(bootId: string = fixture('register-request').boot_id): Promise<Response> {
  const request = {...fixture('register-request'), boot_id: bootId};
  return post(`${url}/api/worker/v1/register`, request, {authorization: ''});
}

async function enrol(): Promise<string> {
  const answer = await register();
  const body = (await answer.json()) as {token: string};
  expect(body).toEqual({
    ok: true,
    token: expect.stringMatching(/^[\w-]{43}$/),
    interval_s: 5,
    server_time: expect.any(String),
  });
  return body.token;
}

function beat(payload: object, token: string): Promise<Response> {
  return post(`${url}/api/worker/v1/heartbeat`, payload, {authorization: token === '' ? '' : `Bearer ${token}`});
}

async function beatWhenGone(): Promise<Response> {
  const token = await enrol();
  for (const [from, to] of [
    ['starting', 'terminating'],
    ['terminating', 'terminated'],
  ] as const) {
    const transition = {from, to, reason: 'test'};
    await bench.store.instances.record({instanceId: instance.id, correlationId: 'cor_test', transition});
  }

  return beat(fixture('heartbeat-v2-full'), token);
}
