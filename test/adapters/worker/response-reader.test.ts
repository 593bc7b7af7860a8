import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {ResponseReader} from '../../../src/adapters/worker/stream-pool/response-reader.ts';

const body = 'data: {"a":1}\n\ndata: [DONE]\n\n';
const responses = {
  'a length': `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  'an empty body': 'HTTP/1.1 204 No Content\r\n\r\n',
  'a length of zero': 'HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n',
  chunks: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunked([body.slice(0, 3), body.slice(3)])}0\r\n\r\n`,
  'chunks with extensions and trailers':
    `HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5;a=b\r\n${body.slice(0, 5)}\r\n000${(body.length - 5).toString(16).toUpperCase()} ;q\r\n${body.slice(5)}\r\n0\r\nx: 1\r\ny: 2\r\n\r\n`.replace(
      ' ;q',
      ';q',
    ),
  'an interim answer before': `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`,
  'no length at all': `HTTP/1.0 200 OK\r\n\r\n${body}`,
} as const;

describe('ResponseReader', () => {
  it.each(Object.entries(responses))('reads the same from %s, cut at every byte', (_name, text) => {
    const whole = readAll([text]);
    expect(whole.fault).toBeNull();
    for (let cut = 1; cut < text.length; cut++) expect(readAll([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
    expect(readAll([...text])).toEqual(whole);
  });

  it('hands over the chunks of one read as one piece', () => {
    const pieces: string[] = [];
    const sink = {onHead: () => {}, onData: (chunk: Buffer) => pieces.push(chunk.toString()), onEnd: () => {}};
    new ResponseReader(sink).read(Buffer.from(responses.chunks));
    expect(pieces).toEqual([body]);
  });

  it('carries any bytes in chunks of any size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({minLength: 1, maxLength: 300})),
        fc.array(fc.integer({min: 1, max: 200})),
        (chunks, cuts) => {
          const text = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunked(chunks.map(latin1))}0\r\n\r\n`;
          const pieces: string[] = [];
          let at = 0;
          for (const cut of cuts) {
            pieces.push(text.slice(at, at + cut));
            at += cut;
          }

          pieces.push(text.slice(at));
          expect(readAll(pieces)).toMatchObject({body: chunks.map(latin1).join(''), fault: null, ended: true});
        },
      ),
    );
  });

  it.each([
    ['that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['with two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    [
      'with a length and a coding',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['with a coding it does not know', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n'],
    ['with a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    ['with a folded header', 'HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n'],
    ['with a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
    ['with a chunk size that is no number', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
    ['with a chunk size without digits', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\n'],
    ['with a chunk size without bound', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffff\r\n'],
    ['with a chunk longer than its size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n'],
    ['with bytes after its end', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab'],
    ['with a head without end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`],
    ['that changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ])('refuses a response %s', (_what, text) => {
    expect(readAll([text]).fault).not.toBeNull();
    expect(readAll(text.match(/.{1,50}/gs) ?? []).fault).not.toBeNull();
  });

  it('tells a response that was cut off from one that ends with its connection', () => {
    expect(readAll([responses['a length'].slice(0, -1)])).toMatchObject({ended: false});
    expect(readAll([responses.chunks.slice(0, -1)])).toMatchObject({ended: false});
    expect(readAll([responses['no length at all']])).toMatchObject({ended: true, keepsAlive: false, body});
  });

  it('keeps the connection only where the answer allows it', () => {
    expect(readAll([responses['a length']]).keepsAlive).toBe(true);
    expect(readAll(['HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n']).keepsAlive).toBe(false);
    expect(readAll(['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n']).keepsAlive).toBe(false);
  });
});

function readAll(pieces: readonly string[]) {
  const seen = {status: 0, headers: {}, body: '', ended: false, keepsAlive: false, fault: null as string | null};
  const reader = new ResponseReader({
    onHead: (status, headers) => Object.assign(seen, {status, headers: Object.fromEntries(headers)}),
    onData: chunk => {
      seen.body += latin1(chunk);
    },
    onEnd: keepsAlive => Object.assign(seen, {ended: true, keepsAlive}),
  });
  try {
    for (const piece of pieces) reader.read(Buffer.from(piece, 'latin1'));
    reader.close();
  } catch (error) {
    seen.fault = String(error);
  }

  return seen;
}

function chunked(payloads: readonly string[]): string {
  return payloads.map(text => `${text.length.toString(16)}\r\n${text}\r\n`).join('');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
