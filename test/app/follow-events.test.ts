import {describe, expect, it} from 'vitest';
import {followEvents} from '../../src/app/follow-events.ts';
import type {DomainEvent, EventTopic} from '../../src/core/events.ts';
import {TestApp} from '../support/test-app.ts';

const never = new AbortController().signal;

describe('following events', () => {
  it('gives the latest by default, oldest first', async () => {
    await using app = await TestApp.open();
    for (let number = 1; number <= 20; number++) await append(app, number);
    const events = await Array.fromAsync(follow(app, {limit: 5}));
    expect(numbersOf(events)).toEqual([16, 17, 18, 19, 20]);
  });

  it('finds the latest of a rare topic among many of another', async () => {
    await using app = await TestApp.open();
    await append(app, 1, 'keys');
    await append(app, 2, 'keys');
    for (let number = 3; number <= 900; number++) await append(app, number, 'usage');
    expect(numbersOf(await Array.fromAsync(follow(app, {limit: 5, topics: ['keys']})))).toEqual([1, 2]);
    expect(numbersOf(await Array.fromAsync(follow(app, {limit: 1, topics: ['keys']})))).toEqual([2]);
  });

  it('goes through pages from a given event on', async () => {
    await using app = await TestApp.open();
    const first = await append(app, 1);
    for (let number = 2; number <= 1203; number++) await append(app, number);
    const events = await Array.fromAsync(follow(app, {afterId: first.id, limit: 1100}));
    expect(numbersOf(events)).toEqual(Array.from({length: 1100}, (_, index) => index + 2));
  });

  it('is empty where there is nothing', async () => {
    await using app = await TestApp.open();
    expect(await Array.fromAsync(follow(app, {afterId: 1_000_000, limit: 10}))).toEqual([]);
  });

  it('goes on with new ones as they come: no gap, no repetition', async () => {
    await using app = await TestApp.open();
    for (let number = 1; number <= 3; number++) await append(app, number);
    const stop = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const event of follow(app, {limit: 2, follow: true, signal: stop.signal})) {
        seen.push(Number(event.payload.number));
        // Written while the reader is busy with this one.
        if (seen.length < 20) await append(app, 3 + seen.length);
        if (event.payload.number === 30) stop.abort();
      }
    })();
    const writing = (async () => {
      for (let number = 23; number <= 30; number++) {
        await app.clock.sleep(1000);
        await append(app, number);
      }
    })();
    await app.run(Promise.all([following, writing]));
    expect(seen).toEqual(Array.from({length: 29}, (_, index) => index + 2));
  });

  it('shows nothing of another organization', async () => {
    await using app = await TestApp.open();
    await append(app, 1);
    const others = followEvents(
      app.tools,
      {organizationId: 'org_other'},
      {afterId: 0, topics: null, limit: 10, follow: false, signal: never},
    );
    expect(await Array.fromAsync(others)).toEqual([]);
  });

  it('tells the whole life of an instance in order', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    const events = await Array.fromAsync(
      await app.client.events.tail({afterId: 0, topics: ['instances'], limit: 1000}),
    );
    const states = events
      .filter(event => event.subjectId === id && event.type === 'instance.state_changed')
      .map(event => event.payload.to);
    expect(states).toEqual(expect.arrayContaining(['booting', 'installing', 'starting', 'ready']));
    expect(states.at(-1)).toBe('ready');
    expect(events.map(event => event.id)).toEqual(events.map(event => event.id).toSorted((a, b) => a - b));
  });
});

function follow(
  app: TestApp,
  request: {limit: number; afterId?: number; topics?: readonly EventTopic[]; follow?: boolean; signal?: AbortSignal},
): AsyncGenerator<DomainEvent> {
  return followEvents(app.tools, app.caller.scope, {
    afterId: null,
    topics: ['usage', 'keys', 'alerts'],
    follow: false,
    signal: never,
    ...request,
  });
}

function append(app: TestApp, number: number, topic: EventTopic = 'alerts'): Promise<DomainEvent> {
  const {organizationId} = app.caller.scope;
  return app.store.events.append({
    organizationId,
    topic,
    type: 'test.happened',
    subjectId: 'thing',
    correlationId: null,
    payload: {number},
  });
}

function numbersOf(events: readonly DomainEvent[]): number[] {
  return events.map(event => Number(event.payload.number));
}
