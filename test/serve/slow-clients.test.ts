import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {chatBody, ServeBench, secret} from './support/bench.ts';
import {
  answerJson,
  chatChunk,
  openStream,
  type Script,
  ScriptedUpstream,
  usageOf,
} from './support/scripted-upstream.ts';

/** More than the buffers of two kernels and of the proxy hold. */
const muchBytes = 16 * 1024 * 1024;
const stepBytes = muchBytes / 12;
const unreadTimeoutMs = 250;

let bench: ServeBench;
let upstream: ScriptedUpstream;

beforeEach(async () => {
  bench = await ServeBench.open();
  await bench.addKey();
});

afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const flood: Script = (_request, response) => {
  openStream(response);
  const piece = chatChunk('x'.repeat(64 * 1024), usageOf(14, 1));
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};
const longAnswer: Script = (_request, response) =>
  answerJson(response, 200, {choices: [], text: 'x'.repeat(muchBytes), usage: usageOf(14, 3)});

it.each<[string, Script, boolean, string]>([
  ['a stream', flood, true, 'cancelled'],
  ['an answer that is whole', longAnswer, false, 'completed'],
])('a client that takes nothing more of %s is cut off after a while', async (_what, script, stream, outcome) => {
  const {client, served} = await ask(script, stream);
  await once(client, 'readable');
  if (!served.destroyed) await once(served, 'close');
  expect(await bench.usage(1)).toMatchObject([{outcome, promptTokens: 14}]);
  client.destroy();
});

it('a client that takes its answer slowly gets it whole', async () => {
  const {client} = await ask(longAnswer, false);
  let bytes = 0;
  let pauses = 0;
  client.on('data', chunk => {
    bytes += chunk.length;
    if (bytes < pauses * stepBytes) return;
    // Each shorter than a client may do nothing; all of them together are longer.
    pauses++;
    client.pause();
    setTimeout(() => client.resume(), unreadTimeoutMs / 5);
  });
  await once(client, 'end');
  expect(bytes).toBeGreaterThan(muchBytes);
});

/** Sends a request; `served` is the server's end of its connection. */
async function ask(script: Script, stream: boolean): Promise<{client: Socket; served: Socket}> {
  upstream = new ScriptedUpstream(script);
  await bench.addWorker(await upstream.listen());
  const {address} = await bench.serve({limits: {slowClientTimeoutMs: unreadTimeoutMs}});
  const accepted = Promise.withResolvers<Socket>();
  const notice = (message: unknown): void => {
    const {socket} = message as {socket: Socket};
    if (socket.localPort === address.port) accepted.resolve(socket);
  };
  subscribe('net.server.socket', notice);
  const body = JSON.stringify({...chatBody, ...(stream && {stream})});
  const client = connect(address.port, '127.0.0.1');
  client.on('error', () => {});
  client.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${secret}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const served = await accepted.promise;
  unsubscribe('net.server.socket', notice);
  return {client, served};
}
