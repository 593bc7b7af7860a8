import type {ServerResponse} from 'node:http';
import type {DomainEvent, EventTopic} from '../core/events.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {EventStore} from '../ports/store.ts';
import type {ServeLog} from './log.ts';
import {messageOf} from './log.ts';
import type {ServeMetrics} from './metrics.ts';

const backfillPage = 500;
const heartbeatIntervalMs = 15_000;
/** Unsent bytes a reader may have before it is disconnected; it resumes from its last event id. */
const unsentMaxBytes = 1024 * 1024;
const waitingEventsMax = 10_000;
const subscribersMax = 1000;

export interface FeedRequest {
  readonly scope: OrgScope;
  /** Null for all. */
  readonly topics: readonly EventTopic[] | null;
  /** The last event the reader has; null to begin with what happens next. */
  readonly afterId: number | null;
}

/** Hands new events to open readers: backfill from the store, cut-over, live. No gap, no event twice. */
export class EventFeed {
  private readonly subscribers = new Set<Subscriber>();
  private readonly deps: {events: EventStore; log: ServeLog; metrics: ServeMetrics};
  private readonly heartbeat: NodeJS.Timeout;

  constructor(deps: {events: EventStore; log: ServeLog; metrics: ServeMetrics}) {
    this.deps = deps;
    this.heartbeat = setInterval(() => {
      for (const subscriber of this.subscribers) subscriber.send(': keep-alive\n\n');
    }, heartbeatIntervalMs).unref();
  }

  get subscriberCount(): number {
    return this.subscribers.size;
  }

  get isFull(): boolean {
    return this.subscribers.size >= subscribersMax;
  }

  /** Takes over the response until the reader leaves, is too slow, or the feed closes. */
  async subscribe(response: ServerResponse, request: FeedRequest): Promise<void> {
    const subscriber = new Subscriber(response, request, reason => this.drop(subscriber, reason));
    this.subscribers.add(subscriber);
    response.once('close', () => this.subscribers.delete(subscriber));
    response.on('error', () => {});
    response.writeHead(200, feedHeaders);
    // In the set before the first read: what happens meanwhile waits, and the backfill's last id tells where to go on.
    subscriber.send(': connected\n\n');
    try {
      if (request.afterId !== null) await this.backfill(subscriber, request, request.afterId);
      subscriber.goLive();
    } catch (error) {
      this.drop(subscriber, messageOf(error));
    }
  }

  publish(events: readonly DomainEvent[]): void {
    for (const subscriber of this.subscribers) subscriber.receive(events);
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const subscriber of this.subscribers) subscriber.end();
    this.subscribers.clear();
  }

  private async backfill(subscriber: Subscriber, {scope, topics}: FeedRequest, afterId: number): Promise<void> {
    let lastId = afterId;
    for (;;) {
      const page = await this.deps.events.after(lastId, {
        limit: backfillPage,
        scope,
        ...(topics === null ? {} : {topics}),
      });
      await subscriber.deliver(page);
      lastId = page.at(-1)?.id ?? lastId;
      if (page.length < backfillPage || subscriber.isGone) return;
    }
  }

  private drop(subscriber: Subscriber, reason: string): void {
    this.subscribers.delete(subscriber);
    subscriber.destroy();
    this.deps.metrics.subscriberDropped();
    this.deps.log.warn('event_reader_dropped', {reason});
  }
}

class Subscriber {
  private readonly response: ServerResponse;
  private readonly request: FeedRequest;
  private readonly onTrouble: (reason: string) => void;
  /** Live events that came during the backfill; null once live. */
  private waiting: DomainEvent[] | null = [];
  private sentId: number;

  constructor(response: ServerResponse, request: FeedRequest, onTrouble: (reason: string) => void) {
    this.response = response;
    this.request = request;
    this.onTrouble = onTrouble;
    this.sentId = request.afterId ?? 0;
  }

  get isGone(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  receive(events: readonly DomainEvent[]): void {
    if (this.waiting === null) {
      this.write(events);
      return;
    }

    this.waiting.push(...events);
    if (this.waiting.length > waitingEventsMax) this.onTrouble('too many events during its backfill');
  }

  /** Backfill: as fast as the reader reads. */
  async deliver(events: readonly DomainEvent[]): Promise<void> {
    this.write(events);
    if (!this.response.writableNeedDrain || this.isGone) return;
    await new Promise<void>(resolve => {
      const proceed = (): void => {
        this.response.off('drain', proceed).off('close', proceed);
        resolve();
      };
      this.response.on('drain', proceed).on('close', proceed);
    });
  }

  goLive(): void {
    const waited = this.waiting ?? [];
    this.waiting = null;
    this.write(waited);
  }

  send(text: string): void {
    if (this.isGone) return;
    this.response.write(text);
    if (this.waiting === null && this.response.writableLength > unsentMaxBytes) this.onTrouble('it reads too slowly');
  }

  end(): void {
    if (!this.isGone) this.response.end();
  }

  destroy(): void {
    this.response.destroy();
  }

  private write(events: readonly DomainEvent[]): void {
    let text = '';
    for (const event of events) {
      if (!this.wants(event)) continue;
      this.sentId = event.id;
      text += formatEvent(event);
    }

    if (text !== '') this.send(text);
  }

  private wants(event: DomainEvent): boolean {
    const {scope, topics} = this.request;
    if (event.id <= this.sentId || event.organizationId !== scope.organizationId) return false;
    return topics === null || topics.includes(event.topic);
  }
}

const feedHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

function formatEvent(event: DomainEvent): string {
  const {id, atMs, topic, type, subjectId, correlationId, payload} = event;
  const data = JSON.stringify({id, atMs, topic, type, subjectId, correlationId, payload});
  return `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`;
}
