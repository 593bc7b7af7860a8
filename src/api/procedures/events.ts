import {implement} from '@orpc/server';
import {followEvents} from '../../app/follow-events.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {eventsContract} from '../contract/events.ts';
import {eventView} from '../views/event-view.ts';

const api = implement(eventsContract).$context<ApiContext>().use(checkPermission);

export const events = {
  tail: api.tail.handler(async function* ({input, context: {tools, caller}, signal}) {
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
