import {afterEach, beforeEach, expect, it} from 'vitest';
import {ServeBench, secret} from './support/bench.ts';

let bench: ServeBench;
let url: string;

beforeEach(async () => {
  bench = await ServeBench.open();
  await bench.addKey();
  ({url} = await bench.serve());
});

afterEach(() => bench[Symbol.asyncDispose]());

it('resumes after the last event a reader has, without gap or repeat, while events keep coming', async () => {
  const first = await bench.store.events.latestId();
  const writing = (async () => {
    for (let index = 0; index < 700; index++) await appendEvent(index);
  })();
  const seen: string[] = [];
  let lastId = first;
  while (seen.length < 700) {
    const reader = await openFeed({'last-event-id': String(lastId)});
    for (let events = 0; events < 150 && seen.length < 700; events++) {
      const event = await reader.next();
      seen.push(event.data.subjectId);
      lastId = event.id;
    }

    await reader.close();
  }

  await writing;
  expect(seen).toEqual(Array.from({length: 700}, (_, index) => `subject-${index}`));
});

it('begins with what happens next when no last event is given, and shows only the asked topics', async () => {
  await appendEvent(0);
  await bench.eventually(async () => ((await bench.metrics()).includes('inventiv_event_subscribers 0') ? true : null));
  await bench.clock.sleep(250);
  const reader = await openFeed({}, '?topics=keys,alerts');
  await bench.store.events.append(event('instances', 'not-asked'));
  await bench.store.events.append(event('alerts', 'asked'));
  expect((await reader.next()).data).toMatchObject({topic: 'alerts', subjectId: 'asked', type: 'thing.happened'});
  await reader.close();
});

it.each([
  ['an unknown topic', {}, '?topics=keys,nope', 400],
  ['a last event that is no number', {'last-event-id': 'x'}, '', 400],
  ['no key', {authorization: ''}, '', 401],
])('refuses %s', async (_what, headers, query, status) => {
  const response = await fetch(`${url}/events/stream${query}`, {
    headers: {authorization: `Bearer ${secret}`, ...headers},
  });
  expect(response.status).toBe(status);
  await response.body?.cancel();
});

it('ends feeds when the server shuts down', async () => {
  const server = await bench.serve();
  const response = await fetch(`${server.url}/events/stream`, {headers: {authorization: `Bearer ${secret}`}});
  await server.close();
  expect(await response.text()).toContain(': connected');
});

async function openFeed(headers: Record<string, string>, query = '') {
  const abort = new AbortController();
  const response = await fetch(`${url}/events/stream${query}`, {
    headers: {authorization: `Bearer ${secret}`, ...headers},
    signal: abort.signal,
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<{id: number; data: {subjectId: string; topic: string; type: string}}> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end === -1) {
        text += (await chunks?.read())?.value ?? '';
        continue;
      }

      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const id = /^id: (\d+)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (id !== undefined && data !== undefined) return {id: Number(id), data: JSON.parse(data)};
    }
  };
  return {next, close: async () => abort.abort()};
}

function appendEvent(index: number) {
  return bench.store.events.append(event('alerts', `subject-${index}`));
}

function event(topic: 'alerts' | 'instances', subjectId: string) {
  const organizationId = bench.scope.organizationId;
  return {organizationId, topic, type: 'thing.happened', subjectId, correlationId: null, payload: {}};
}
