import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {sendCommand} from '../../src/app/worker-commands.ts';
import type {Instance} from '../../src/core/instance/instance.ts';
import type {WorkerCommandType} from '../../src/core/worker/command.ts';
import {hasher, post, ServeBench, secretBox} from './support/bench.ts';

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

it('delivers commands with the replies until they are answered, and keeps the answers', async () => {
  const token = await enrol();
  const sent = [await send('drain', null), await send('collect_logs', 200)];
  const {commands} = fixture('heartbeat-reply-commands');
  const told = async (payload: object) =>
    ((await (await beat(payload, token)).json()) as {commands: object[]}).commands;
  const expected = commands.map((command: object, index: number) => ({...command, id: sent[index]?.id}));
  expect(await told(fixture('heartbeat-v2-full'))).toEqual(expected);
  expect(await told({...fixture('heartbeat-v2-full'), seq: 1043})).toEqual(expected);

  const results = fixture('heartbeat-v2-results').results.map((result: object, index: number) => ({
    ...result,
    ...(sent[index] === undefined ? {} : {id: sent[index].id}),
  }));
  expect(await told({...fixture('heartbeat-v2-results'), seq: 1044, results})).toEqual([]);
  const kept = await bench.store.workerCommands.list(bench.scope, instance.id, 10);
  expect(kept.map(({type, answer}) => [type, answer?.ok])).toEqual([
    ['collect_logs', true],
    ['drain', true],
  ]);
  expect(kept[0]?.answer?.logs).toEqual(fixture('heartbeat-v2-results').results[1].logs);
});

it('rotates a token over a lost reply: the old one is good until the next one was used', async () => {
  const token = await enrol();
  await send('rotate_token', null);
  const rotate = async (seq: number) => {
    const reply = await beat({...fixture('heartbeat-v2-full'), seq}, token);
    return (await reply.json()) as {commands: {token: string}[]};
  };
  const lost = await rotate(1);
  const again = await rotate(2);
  expect(again.commands).toEqual(lost.commands);
  expect(again.commands).toMatchObject([{type: fixture('heartbeat-reply-rotate-token').commands[0].type}]);
  const next = again.commands[0]?.token ?? '';
  expect(next).toMatch(/^[\w-]{43}$/);
  expect((await beat({...fixture('heartbeat-v2-full'), seq: 3}, next)).status).toBe(200);
  expect((await beat({...fixture('heartbeat-v2-full'), seq: 4}, token)).status).toBe(401);
});

it('takes a heartbeat from a worker whose clock is a day off, at the time when it came', async () => {
  const token = await enrol();
  const sent_at = new Date(Date.now() - 86_400_000).toISOString();
  expect((await beat({...fixture('heartbeat-v2-full'), sent_at}, token)).status).toBe(200);
  const [sample] = await bench.store.workers.latestSamples([instance.id]);
  expect(Math.abs((sample?.atMs ?? 0) - Date.now())).toBeLessThan(60_000);
});

it('takes no secret from collected logs into the store', async () => {
  const token = await enrol();
  const {id} = await send('collect_logs', 10);
  const logs = {events: ['HF_TOKEN=hf_abcdefghijklmnop loaded'], engine: []};
  const results = [{id, type: 'collect_logs', ok: true, message: 'Bearer abc', logs}];
  await beat({...fixture('heartbeat-v2-full'), results}, token);
  const [kept] = await bench.store.workerCommands.list(bench.scope, instance.id, 1);
  expect(JSON.stringify(kept)).not.toMatch(/hf_abc|Bearer abc/);
  expect(kept?.answer?.logs).toEqual({events: ['HF_TOKEN=*** loaded'], engine: []});
});

function send(type: WorkerCommandType, tail: number | null) {
  const tools = {commands: bench.store.workerCommands, clock: bench.clock, ids: bench.ids, hasher, secretBox};
  return sendCommand(tools, instance, {type, tail, by: 'operator'});
}

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
