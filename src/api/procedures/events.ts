import {followEvents} from '../../app/follow-events.ts';
import {api} from '../context.ts';
import {eventView} from '../views.ts';

export const events = {
  tail: api.events.tail.handler(async function* ({input, context: {tools, caller}, signal}) {
    const {afterId, topics, limit, follow} = input;
    const request = {
      afterId: afterId ?? null,
      topics: topics ?? null,
      limit,
      follow,
      signal: signal ?? new AbortController().signal,
    };
    for await (const event of followEvents(tools, caller.scope, request)) {
      yield eventView(event);
    }
  }),
};
