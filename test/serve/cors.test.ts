import {afterAll, beforeAll, expect, it} from 'vitest';
import {chatBody, postChat, ServeBench} from './support/bench.ts';
import {ScriptedUpstream, shortAnswer, shortStream} from './support/scripted-upstream.ts';

const origin = 'https://app.example.com';
const preflight = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization, x-stainless-os',
};

let bench: ServeBench;
let upstream: ScriptedUpstream;
let url: string;

beforeAll(async () => {
  bench = await ServeBench.open();
  upstream = new ScriptedUpstream(shortAnswer);
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
  ({url} = await bench.serve({corsOrigins: [origin]}));
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

it('answers a preflight of a listed origin without a key', async () => {
  const answer = await fetch(`${url}/v1/chat/completions`, {method: 'OPTIONS', headers: {origin, ...preflight}});
  expect(answer.status).toBe(204);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': expect.stringContaining('POST'),
    'access-control-allow-headers': 'authorization, x-stainless-os',
    vary: 'origin',
  });
});

it.each([
  ['an answer', {}, shortAnswer],
  ['a stream', {stream: true}, shortStream],
])('lets a page of a listed origin read %s and its headers', async (_what, more, script) => {
  upstream.script = script;
  const answer = await postChat(url, {...chatBody, ...more}, {origin});
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  expect(answer.headers.get('access-control-expose-headers')).toMatch(/x-request-id.*retry-after.*x-ratelimit/);
  await answer.text();
});

it('lets it read errors too', async () => {
  const answer = await postChat(url, chatBody, {origin, authorization: 'Bearer wrong'});
  expect(answer.status).toBe(401);
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
});

it.each(['https://evil.example.com', 'http://app.example.com', 'https://app.example.com.evil.com', 'null', '*'])(
  'tells a page of %s nothing',
  async stranger => {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {origin: stranger, ...preflight},
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.status).toBe(405);
  },
);

it('is off by default', async () => {
  const {url: closed} = await bench.serve();
  const answer = await fetch(`${closed}/v1/models`, {headers: {origin}});
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  expect(answer.headers.get('vary')).toBeNull();
});
