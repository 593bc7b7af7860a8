import {execFileSync} from 'node:child_process';
import {X509Certificate} from 'node:crypto';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import type {AddressInfo, Server, Socket} from 'node:net';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createServer as createTlsServer} from 'node:tls';
import {afterEach, describe, expect, it} from 'vitest';
import {openStreamPool} from '../../../src/adapters/worker/stream-pool/open-stream-pool.ts';
import type {UpstreamHandler, UpstreamPool} from '../../../src/ports/upstream.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const request = {path: '/v1/x', headers: ['x-request-id', 'one'], body: Buffer.from('{}')};
const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const clean of cleanUps.splice(0).toReversed()) clean();
});

describe('the stream pool', () => {
  it('sends the request whole and hears the answer', async () => {
    const worker = await serve((socket, text) => void (text.endsWith('{}') && socket.write(ok)));
    const {heard} = await send(pool(worker.url));
    expect(heard).toEqual(['sent', 'head 200', 'data ok', 'end']);
    expect(worker.received()).toBe(
      `POST /v1/x HTTP/1.1\r\nhost: ${new URL(worker.url).host}\r\ncontent-length: 2\r\nx-request-id: one\r\n\r\n{}`,
    );
  });

  it('uses a connection again, and a new one while it is busy', async () => {
    const worker = await serve(socket => void socket.write(ok));
    const connections = pool(worker.url);
    await send(connections);
    await send(connections);
    expect(worker.connections()).toBe(1);
    await Promise.all([send(connections), send(connections)]);
    expect(worker.connections()).toBe(2);
  });

  it('opens a new connection after one that the worker closed', async () => {
    const worker = await serve(
      socket => void socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'),
    );
    const connections = pool(worker.url);
    await send(connections);
    const {heard} = await send(connections);
    expect(heard.at(-1)).toBe('end');
    expect(worker.connections()).toBe(2);
  });

  it('fails, never throws, when nothing listens, when it was closed, and when the answer is cut off or garbage', async () => {
    const gone = await serve(() => {});
    gone.close();
    expect((await send(pool(gone.url))).heard).toEqual(['failure']);

    const worker = await serve(socket => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok'));
    expect((await send(pool(worker.url))).heard).toEqual(['sent', 'head 200', 'data ok', 'failure']);
    const closed = pool(worker.url);
    closed.close();
    expect((await send(closed)).heard).toEqual(['failure']);

    const noise = await serve(socket => void socket.write('220 mail.example ESMTP\r\n\r\n'));
    expect((await send(pool(noise.url))).heard).toEqual(['sent', 'failure']);
  });

  it('closes the connection of a call that is given up, and nobody is told', async () => {
    const worker = await serve(socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok'));
    const heard: string[] = [];
    const {promise, resolve} = Promise.withResolvers<void>();
    const call = pool(worker.url).send(
      request,
      handler(heard, event => event.startsWith('data') && resolve()),
    );
    await promise;
    const closed = worker.nextClose();
    call.abort();
    await closed;
    expect(heard).toEqual(['sent', 'head 200', 'data ok']);
  });

  it('does not send what was given up before it was connected', async () => {
    const worker = await serve(socket => void socket.write(ok));
    const connections = pool(worker.url);
    connections.send(request, handler([])).abort();
    const {heard} = await send(connections);
    expect(heard.at(-1)).toBe('end');
    expect(worker.received().split('POST').length - 1).toBe(1);
  });

  it('lets an ended call touch nothing of the next one on its connection', async () => {
    const worker = await serve(socket => void socket.write(ok));
    const connections = pool(worker.url);
    const first = await send(connections);
    const second = send(connections);
    first.call.abort();
    first.call.pause();
    expect((await second).heard.at(-1)).toBe('end');
    expect(worker.connections()).toBe(1);
  });

  it('stops reading while paused, so that the worker feels it', async () => {
    const pieceBytes = 1024 * 1024;
    const piece = `${pieceBytes.toString(16)}\r\n${'x'.repeat(pieceBytes)}\r\n`;
    let sent = 0;
    const worker = await serve(socket => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = () => {
        while (sent < 64 && socket.write(piece)) sent++;
        sent++;
      };
      socket.on('drain', more);
      more();
    });
    let got = 0;
    let paused: () => void = () => {};
    const isPaused = new Promise<void>(resolve => {
      paused = resolve;
    });
    const call = pool(worker.url).send(request, {
      ...handler([]),
      onData: chunk => {
        if (got === 0) {
          call.pause();
          paused();
        }

        got += chunk.length;
      },
    });
    await isPaused;
    const before = got;
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(got).toBe(before);
    expect(sent).toBeLessThan(64);
    call.resume();
    await expect.poll(() => got, {timeout: 5000}).toBeGreaterThan(8 * pieceBytes);
    call.abort();
  });

  it('refuses a header that holds a line break', () => {
    const bad = {...request, headers: ['x-request-id', 'a\r\nb: c']};
    expect(() => pool('http://127.0.0.1:9').send(bad, handler([]))).toThrow('line break');
  });

  it('talks TLS to the pinned certificate only, before anything is sent', async () => {
    const {key, cert, fingerprint} = certificate();
    const worker = await serve(socket => void socket.write(ok), {key, cert});
    expect((await send(pool(worker.url, fingerprint))).heard.at(-1)).toBe('end');
    const asked = worker.received();
    expect(
      (
        await send(
          pool(
            worker.url,
            fingerprint.replace(/^./, digit => (digit === '0' ? '1' : '0')),
          ),
        )
      ).heard,
    ).toEqual(['failure']);
    expect((await send(pool(worker.url))).heard).toEqual(['failure']);
    expect(worker.received()).toBe(asked);
    const plain = await serve(socket => void socket.write(ok));
    expect((await send(pool(plain.url, fingerprint))).heard).toEqual(['failure']);
    expect(plain.received()).toBe('');
  });
});

function pool(url: string, tlsFingerprint: string | null = null): UpstreamPool {
  const opened = openStreamPool({openaiUrl: url, tlsFingerprint});
  cleanUps.push(() => opened.destroy());
  return opened;
}

async function send(connections: UpstreamPool) {
  const heard: string[] = [];
  const {promise, resolve} = Promise.withResolvers<void>();
  const call = connections.send(
    request,
    handler(heard, event => (event === 'end' || event === 'failure') && resolve()),
  );
  expect(heard).toEqual([]);
  await promise;
  return {heard, call};
}

function handler(heard: string[], listener: (event: string) => unknown = () => {}): UpstreamHandler {
  const tell = (event: string) => {
    heard.push(event);
    listener(event);
  };
  return {
    onSent: () => tell('sent'),
    onHead: status => tell(`head ${status}`),
    onData: chunk => tell(`data ${Buffer.from(chunk).toString()}`),
    onEnd: () => tell('end'),
    onFailure: () => tell('failure'),
  };
}

async function serve(answer: (socket: Socket, text: string) => void, tls?: {key: string; cert: string}) {
  let received = '';
  let connections = 0;
  let closed = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const onConnection = (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      closed.resolve();
      closed = Promise.withResolvers();
    });
    socket.on('data', chunk => {
      received += chunk.toString();
      answer(socket, received);
    });
  };
  const server: Server = tls === undefined ? createServer(onConnection) : createTlsServer(tls, onConnection);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  cleanUps.push(close);
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    received: () => received,
    connections: () => connections,
    nextClose: () => closed.promise,
    close,
  };
}

function certificate() {
  const directory = mkdtempSync(join(tmpdir(), 'inventiv-cert-'));
  try {
    const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const subject = [
      '-subj',
      '/CN=worker',
      '-days',
      '2',
      '-nodes',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
    ];
    execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', keyFile, '-out', certFile], {stdio: 'ignore'});
    const cert = readFileSync(certFile, 'utf8');
    return {key: readFileSync(keyFile, 'utf8'), cert, fingerprint: new X509Certificate(cert).fingerprint256};
  } finally {
    rmSync(directory, {recursive: true});
  }
}
