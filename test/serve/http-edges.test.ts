import {connect} from 'node:net';
import {brotliCompressSync, deflateSync, gzipSync} from 'node:zlib';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {chatBody, post, postChat, ServeBench, secret} from './support/bench.ts';
import {ScriptedUpstream, shortAnswer, shortStream} from './support/scripted-upstream.ts';

let bench: ServeBench;
let upstream: ScriptedUpstream;
let url: string;

beforeEach(async () => {
  bench = await ServeBench.open();
  upstream = new ScriptedUpstream(shortAnswer);
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
  ({url} = await bench.serve({limits: {multimodalBodyMaxBytes: 10_000, textBodyMaxBytes: 1000}}));
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

it('refuses a body that is declared too large, in OpenAI shape, and closes', async () => {
  const response = await postChat(url, {...chatBody, padding: 'x'.repeat(200_000)});
  expect(response.status).toBe(413);
  expect(response.headers.get('connection')).toBe('close');
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  expect(await response.json()).toMatchObject({error: {type: 'invalid_request_error', code: 'request_too_large'}});
});

it('takes less from an endpoint that needs no images', async () => {
  const body = {...chatBody, prompt: 'x'.repeat(2000)};
  expect((await post(`${url}/v1/completions`, body)).status).toBe(413);
  expect((await postChat(url, body)).status).toBe(200);
});

it('refuses a body that grows too large without having said so', async () => {
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(Buffer.alloc(4000, 0x20));
    },
  });
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {authorization: `Bearer ${secret}`},
    body,
    duplex: 'half',
  } as RequestInit);
  expect(response.status).toBe(413);
});

it.each([
  ['both a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked\r\n'],
  ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n'],
])('refuses a request with %s', async (_what, headers) => {
  const answer = await raw(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${headers}\r\n{}`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({error: {code: 'invalid_http'}});
});

it('answers what is not HTTP with 400, and huge headers with 431', async () => {
  expect(await raw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
});

it.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
])('unpacks a body in %s, and never more of it than the limit', async (encoding, pack) => {
  const send = (body: object) =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: {authorization: `Bearer ${secret}`, 'content-encoding': encoding},
      body: Uint8Array.from(pack(JSON.stringify(body))),
    });
  expect((await send(chatBody)).status).toBe(200);
  expect(JSON.parse(upstream.seen[0]?.body ?? '')).toMatchObject(chatBody);
  expect((await send({...chatBody, padding: 'x'.repeat(1_000_000)})).status).toBe(413);
  expect(upstream.seen).toHaveLength(1);
});

it('refuses what only claims to be packed', async () => {
  const answer = await postChat(url, chatBody, {'content-encoding': 'gzip'});
  expect(answer.status).toBe(400);
});

it.each([
  ['plain', '{"type":"image_url","image_url":{"url":"http://169.254.169.254/"}}'],
  ['hidden by escapes', '{"type":"image_\\u0075rl","image_\\u0075rl":{"\\u0075rl":"http:\\u002f/169.254.169.254/"}}'],
  ['without a space before the colon', '{"type":"image_url","image_url" : {"url" : "http://localhost/"}}'],
])('lets no worker fetch an address inside its network, %s', async (_what, part) => {
  const body = `{"model":"${chatBody.model}","messages":[{"role":"user","content":[${part}]}]}`;
  const answer = await postChat(url, body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: {code: 'invalid_media_url', param: 'messages.0.content.0.image_url.url'},
  });
  expect(upstream.seen).toHaveLength(0);
});

it('lets no address pass in a body that only some parsers read', async () => {
  const part = '{"type":"image_url","image_url":{"url":"http://169.254.169.254/"}}';
  const body = `{"model":"${chatBody.model}","x":"a\nb","messages":[{"role":"user","content":[${part}]}]}`;
  const answer = await postChat(url, body);
  expect([answer.status, await answer.json()]).toMatchObject([400, {error: {code: 'invalid_json'}}]);
  expect(upstream.seen).toHaveLength(0);
});

it.each(['"url":"http://a.example/",', ''])('refuses a depth bomb, in a body with %j too', async member => {
  const answer = await postChat(url, `{"model":"m",${member}"x":${'['.repeat(4000)}`);
  expect([answer.status, await answer.json()]).toMatchObject([400, {error: {code: 'invalid_json'}}]);
});

it('answers pipelined requests in their order', async () => {
  let first = true;
  upstream.script = async (request, response) => {
    if (first) {
      first = false;
      await new Promise(resolve => setTimeout(resolve, 150));
    }

    await shortAnswer(request, response);
  };
  const request = (id: string, connection: string) => {
    const body = JSON.stringify(chatBody);
    return `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\nx-request-id: ${id}\r\nauthorization: Bearer ${secret}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  };
  const answers = await raw(request('one', 'keep-alive') + request('two', 'close'));
  expect([...answers.matchAll(/x-request-id: (\w+)/g)].map(match => match[1])).toEqual(['one', 'two']);
});

it('streams to pipelined requests in their order, each whole', async () => {
  upstream.script = shortStream;
  const request = (connection: string) => {
    const body = JSON.stringify({...chatBody, stream: true});
    return `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\nauthorization: Bearer ${secret}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  };
  const answers = await raw(request('keep-alive') + request('keep-alive') + request('close'));
  const [nothing, ...each] = answers.split('HTTP/1.1 200 OK\r\n');
  expect(nothing).toBe('');
  expect(each).toHaveLength(3);
  for (const answer of each) expect(answer).toMatch(/"Par".*"is\.".*data: \[DONE\]\n\n\r\n0\r\n\r\n$/s);
});

it('streams without chunks to a client of HTTP/1.0, and ends with the connection', async () => {
  upstream.script = shortStream;
  const body = JSON.stringify({...chatBody, stream: true});
  const answer = await raw(
    `POST /v1/chat/completions HTTP/1.0\r\nauthorization: Bearer ${secret}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const [head = '', stream = ''] = answer.split(/\r\n\r\n/);
  expect(head).not.toMatch(/transfer-encoding/i);
  expect(stream.split('\n\n').map(event => event.slice(0, 6))).toEqual(['data: ', 'data: ', 'data: ', '']);
});

it.each(['', 'a'.repeat(129), 'x\ty', '../etc'])('makes its own request id in place of %j', async id => {
  const response = await fetch(`${url}/healthz`, {headers: {'x-request-id': id}});
  expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-z]{26}$/);
});

function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (piece: string) => {
      answer += piece;
    });
    socket.on('close', () => resolve(answer)).on('error', reject);
    socket.write(text);
  });
}
