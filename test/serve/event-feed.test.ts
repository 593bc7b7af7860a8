import {createServer, type Server} from 'node:http';
import {connect} from 'node:net';
import {afterEach, beforeEach, expect, it} from 'vitest';
import type {DomainEvent} from '../../src/core/events.ts';
import {EventFeed} from '../../src/serve/event-feed.ts';
import {ServeMetrics} from '../../src/serve/metrics.ts';

const ours = 'org_ours';
const dropped: unknown[] = [];
let stored: DomainEvent[];
let feed: EventFeed;
let server: Server;
let port: number;

beforeEach(async () => {
  dropped.length = 0;
  stored = [];
  const events = {
    append: () => Promise.reject(new Error('not used')),
    after: async (afterId: number, {limit}: {limit: number}) => stored.filter(({id}) => id > afterId).slice(0, limit),
    latestId: async () => stored.at(-1)?.id ?? 0,
    changeToken: async () => String(stored.length),
    prune: async () => 0,
  };
  const log = {info: () => {}, warn: (_event: string, fields?: unknown) => void dropped.push(fields), error: () => {}};
  feed = new EventFeed({events, log, metrics: new ServeMetrics()});
  server = createServer((_request, response) => {
    void feed.subscribe(response, {scope: {organizationId: ours}, topics: null, afterId: 0});
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterEach(async () => {
  feed.close();
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

it('shows nothing of another organization', async () => {
  const reader = await openReader();
  feed.publish([event(1, 'org_theirs', 'secret'), event(2, ours, 'visible')]);
  expect(await reader.until('visible')).not.toContain('secret');
  reader.socket.destroy();
});

it('drops a reader that does not read, and goes on for the others', async () => {
  const stuck = await openReader();
  const reader = await openReader();
  stuck.socket.pause();
  const large = 'x'.repeat(64 * 1024);
  for (let id = 1; feed.subscriberCount === 2 && id < 2000; id++) {
    feed.publish([event(id, ours, `${id}-${large}`)]);
    await reader.until(`"${id}-x`);
  }

  expect(feed.subscriberCount).toBe(1);
  expect(dropped).toEqual([{reason: 'it reads too slowly'}]);
  stuck.socket.destroy();
  reader.socket.destroy();
});

function event(id: number, organizationId: string, subjectId: string): DomainEvent {
  return {
    id,
    atMs: 1,
    organizationId,
    topic: 'alerts',
    type: 'thing.happened',
    subjectId,
    correlationId: null,
    payload: {},
  };
}

async function openReader() {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  let arrived = (): void => {};
  socket.on('data', (piece: string) => {
    text += piece;
    arrived();
  });
  const until = async (wanted: string): Promise<string> => {
    while (!text.includes(wanted)) await new Promise<void>(resolve => (arrived = resolve));
    const seen = text;
    text = '';
    return seen;
  };
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await until(': connected');
  // The reader is live once its backfill, which is empty here, was read.
  await new Promise(resolve => setImmediate(resolve));
  return {socket, until};
}
