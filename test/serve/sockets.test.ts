import {connect, type Socket} from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {chatBody, postChat, ServeBench, secret} from './support/bench.ts';
import {chatChunk, done, openStream, ScriptedUpstream, shortAnswer, usageOf} from './support/scripted-upstream.ts';

let bench: ServeBench;
let upstream: ScriptedUpstream;

beforeEach(async () => {
  bench = await ServeBench.open();
  upstream = new ScriptedUpstream(shortAnswer);
  await bench.addKey();
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const head = (length: number) =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${secret}\r\ncontent-length: ${length}\r\n\r\n`;

describe('a client', () => {
  it('that ends its body at any byte gets no worker asked, and leaves no line', async () => {
    await bench.addWorker(await upstream.listen());
    const {url} = await bench.serve();
    const body = JSON.stringify(chatBody);
    await Promise.all(
      Array.from({length: body.length}, async (_, length) => {
        const socket = open(url, head(body.length) + body.slice(0, length));
        await flushed(socket);
        socket.destroy();
      }),
    );
    expect((await postChat(url, chatBody)).status).toBe(200);
    expect(upstream.seen).toHaveLength(1);
    expect(await bench.usage(1)).toHaveLength(1);
  });

  it('that sends byte by byte is served, and one that stops costs the others nothing', async () => {
    await bench.addWorker(await upstream.listen());
    const {url} = await bench.serve();
    const idle = Array.from({length: 200}, () => open(url, head(100)));
    const body = JSON.stringify(chatBody);
    const slow = open(url, '');
    for (const byte of head(body.length) + body) {
      slow.write(byte);
      await flushed(slow);
    }

    expect(await everything(slow)).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of idle) socket.destroy();
  });

  it('that closes its half of the connection has left: a client that ends says nothing else', async () => {
    upstream.script = () => {};
    await bench.addWorker(await upstream.listen());
    const {url} = await bench.serve();
    const body = JSON.stringify({...chatBody, stream: true});
    const socket = connect({port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true});
    const arrived = upstream.nextRequest();
    socket.write(head(body.length) + body);
    const {abandoned} = await arrived;
    socket.end();
    expect(await everything(socket)).toBe('');
    await abandoned;
    expect(await bench.usage(1)).toMatchObject([{outcome: 'cancelled', httpStatus: 499}]);
  });
});

describe('a key', () => {
  it('that is revoked in mid-stream ends nothing that was let in, and lets in nothing more', async () => {
    const go = Promise.withResolvers<void>();
    upstream.script = async (_request, response) => {
      openStream(response);
      response.write(chatChunk('Par', usageOf(14, 1)));
      await go.promise;
      response.end(chatChunk('is', usageOf(14, 2), 'stop') + done);
    };
    const key = await bench.addKey({name: 'second'}, 'inv-second-secret-000000000000000000000');
    await bench.addWorker(await upstream.listen());
    const {url} = await bench.serve();
    const headers = {authorization: 'Bearer inv-second-secret-000000000000000000000'};
    const stream = await postChat(url, {...chatBody, stream: true}, headers);
    await bench.store.keys.revoke(bench.scope, key.id, Date.now());
    await bench.eventually(async () => ((await fetch(`${url}/v1/models`, {headers})).status === 401 ? true : null));
    go.resolve();
    expect(await stream.text()).toContain('[DONE]');
    expect((await bench.usage(1)).find(({keyId}) => keyId === key.id)).toMatchObject({
      outcome: 'completed',
      completionTokens: 2,
    });
  });
});

describe('a worker', () => {
  it.each([
    ['garbage in place of HTTP', '\u0000\u0001 nonsense \r\n\r\n'],
    ['a status line and garbage', 'HTTP/1.1 200 OK\r\ncontent-length: banana\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}`],
    ['too few bytes', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"id":'],
    ['an unasked redirect', 'HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n'],
    ['a stream of garbage', 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\u0000\u0001\u0002data'],
  ])('that answers with %s gives 502 and a line without tokens', async (_what, answer) => {
    const {createServer} = await import('node:net');
    const server = createServer(socket => {
      socket.on('error', () => {}).once('data', () => socket.end(answer));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    await bench.addWorker(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    const {url} = await bench.serve();
    const response = await postChat(url, {...chatBody, stream: answer.includes('event-stream')});
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({error: {code: 'upstream_error', type: 'server_error'}});
    expect(await bench.usage(1)).toMatchObject([{outcome: 'failed', promptTokens: 0, completionTokens: 0}]);
    await new Promise(resolve => server.close(resolve));
  });

  it('whose name is not known gives 502', async () => {
    await bench.addWorker('http://no-such-worker.invalid:8000');
    const {url} = await bench.serve();
    const response = await postChat(url, chatBody);
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain('invalid');
  });
});

describe('a clock that jumps', () => {
  it.each([-3_600_000, 60_000, 7_200_000])(
    'by %i ms in mid-stream leaves the stream and its line whole',
    async jumpMs => {
      let offsetMs = 0;
      const clock = {...bench.clock, nowMs: () => bench.clock.nowMs() + offsetMs};
      upstream.script = async (_request, response) => {
        openStream(response);
        response.write(chatChunk('Par', usageOf(14, 1)));
        offsetMs = jumpMs;
        await new Promise(resolve => setTimeout(resolve, 100));
        response.end(chatChunk('is', usageOf(14, 2), 'stop') + done);
      };
      await bench.addWorker(await upstream.listen());
      // The shortest of the limits says how often they are looked at.
      const {url} = await bench.serve({limits: {slowClientTimeoutMs: 20}}, {clock});
      expect(await (await postChat(url, {...chatBody, stream: true})).text()).toContain('[DONE]');
      expect(await bench.usage(1)).toMatchObject([{outcome: 'completed', promptTokens: 14, completionTokens: 2}]);
      expect(await bench.metrics()).not.toMatch(/_sum\S* -/);
    },
  );
});

function open(url: string, text: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(text);
  return socket;
}

/** Until what was written is with the kernel. */
function flushed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.write('', () => resolve()));
}

function everything(socket: Socket): Promise<string> {
  return new Promise(resolve => {
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    socket.once('close', () => resolve(text));
  });
}
