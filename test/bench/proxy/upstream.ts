// Process: an engine that costs next to nothing. Answers on a bare socket from prepared bytes, so that what is measured is
// the proxy before it. Sends its port to the parent. `seed` in a request is the pace: milliseconds per token; 0: as fast as
// they go; see `wholePace` for all at once.
import type {AddressInfo, Socket} from 'node:net';
import {createServer} from 'node:net';
import {chunkFrames, embeddingAnswer, jsonAnswer, tokensPerStream, wholePace} from './payloads.ts';

const streamHead =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n';
const wholeStreams = new Map<boolean, Buffer>(
  [true, false].map(withUsage => [withUsage, Buffer.concat([Buffer.from(streamHead), ...chunkFrames(withUsage)])]),
);
const wholeAnswers = {chat: withHead(jsonAnswer), embeddings: withHead(embeddingAnswer)};

/** A stream under way: what it sends next, and when. */
interface Running {
  readonly socket: Socket;
  readonly frames: readonly Buffer[];
  readonly everyMs: number;
  next: number;
  dueAtMs: number;
}

// As an engine does it: a step makes one token for each running request, and each token is a write of its own.
const paced = new Map<Socket, Running>();
const unpaced = new Map<Socket, Running>();
setInterval(() => {
  const nowMs = performance.now();
  for (const stream of paced.values()) if (stream.dueAtMs <= nowMs) sendNext(stream);
}, 1);

function step(): void {
  for (const stream of unpaced.values()) sendNext(stream);
  if (unpaced.size > 0) setImmediate(step);
}

const server = createServer({noDelay: true}, socket => {
  let received: Buffer[] = [];
  let missingBytes = -1;
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    paced.delete(socket);
    unpaced.delete(socket);
  });
  socket.on('data', chunk => {
    received.push(chunk);
    if (missingBytes === -1) {
      const all = received.length === 1 ? chunk : Buffer.concat(received);
      const headEnd = all.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const declared = /content-length: *(\d+)/i.exec(all.toString('latin1', 0, headEnd))?.[1];
      missingBytes = declared === undefined ? 0 : Number(declared) - (all.length - headEnd - 4);
    } else {
      missingBytes -= chunk.length;
    }

    if (missingBytes > 0) return;
    const request = (received.length === 1 ? chunk : Buffer.concat(received)).toString('latin1');
    received = [];
    missingBytes = -1;
    answer(socket, request);
  });
});

server.listen(0, '127.0.0.1', () => process.send?.({port: (server.address() as AddressInfo).port}));
process.once('disconnect', () => process.exit());

function answer(socket: Socket, request: string): void {
  if (request.startsWith('POST /v1/embeddings')) return void socket.write(wholeAnswers.embeddings);
  if (!request.includes('"stream":true')) return void socket.write(wholeAnswers.chat);
  const withUsage = request.includes('"continuous_usage_stats":true');
  const pace = Number(/"seed":(\d+)/.exec(request)?.[1] ?? 0);
  if (pace === wholePace) return void socket.write(wholeStreams.get(withUsage) ?? '');
  socket.write(streamHead);
  const stream = {socket, frames: chunkFrames(withUsage), everyMs: pace, next: 0, dueAtMs: performance.now() + pace};
  const running = pace === 0 ? unpaced : paced;
  if (pace === 0 && unpaced.size === 0) setImmediate(step);
  running.set(socket, stream);
}

function sendNext(stream: Running): void {
  const {socket, frames} = stream;
  const isLast = stream.next >= tokensPerStream - 1;
  // What follows the last token comes with it.
  socket.write(isLast ? Buffer.concat(frames.slice(stream.next)) : (frames[stream.next] ?? ''));
  stream.next++;
  stream.dueAtMs += stream.everyMs;
  if (!isLast) return;
  paced.delete(socket);
  unpaced.delete(socket);
}

function withHead(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
