import type {FastifyInstance} from 'fastify';
import {InventivError} from '../../core/errors.ts';
import type {EventTopic} from '../../core/events.ts';
import {eventTopics} from '../../core/events.ts';
import type {Clock} from '../../ports/clock.ts';
import type {SecretHasher} from '../../ports/secrets.ts';
import {authenticate} from '../auth.ts';
import type {EventFeed} from '../event-feed.ts';
import type {Look} from '../snapshot/look.ts';

/** `GET /events/stream?topics=instances,keys`: the organization's events as SSE, resumed with `Last-Event-ID`. */
export function registerEventRoutes(
  app: FastifyInstance,
  deps: {look: Look; hasher: SecretHasher; clock: Clock; feed: EventFeed},
): void {
  app.get<{Querystring: {topics?: unknown}}>('/events/stream', async (request, reply) => {
    const key = await deps.look(snapshot => authenticate(snapshot, deps.hasher, request.headers, deps.clock.nowMs()));
    const feedRequest = {
      scope: {organizationId: key.organizationId},
      topics: parseTopics(request.query.topics),
      afterId: parseLastEventId(request.headers['last-event-id']),
    };
    if (deps.feed.isFull) {
      throw new InventivError('no_capacity', 'Too many readers of the event feed.', {retryable: true});
    }

    reply.hijack();
    await deps.feed.subscribe(reply.raw, feedRequest);
  });
}

function parseTopics(value: unknown): readonly EventTopic[] | null {
  if (value === undefined || value === '') return null;
  const names = String(value).split(',');
  const unknown = names.find(name => !isTopic(name));
  if (unknown !== undefined) {
    throw new InventivError(
      'invalid_input',
      `topics: expected some of ${eventTopics.join(', ')}; got "${unknown.slice(0, 64)}".`,
      {
        param: 'topics',
      },
    );
  }

  return names.filter(isTopic);
}

function isTopic(name: string): name is EventTopic {
  return eventTopics.some(topic => topic === name);
}

function parseLastEventId(header: string | string[] | undefined): number | null {
  if (header === undefined || header === '') return null;
  const id = Number(header);
  if (Number.isSafeInteger(id) && id >= 0) return id;
  throw new InventivError('invalid_input', 'Last-Event-ID: expected the id of an event, a whole number.', {
    param: 'Last-Event-ID',
  });
}
