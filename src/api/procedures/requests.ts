import {implement} from '@orpc/server';
import {followRequests} from '../../app/follow-requests.ts';
import {InventivError} from '../../core/errors.ts';
import type {RequestTrace} from '../../core/routing/request-trace.ts';
import {isoTime} from '../../core/time.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import type {RequestView} from '../contract/requests.ts';
import {requestsContract} from '../contract/requests.ts';

const api = implement(requestsContract).$context<ApiContext>().use(checkPermission);

export const requests = {
  list: api.list.handler(async ({input: {limit, adminPort = null}, context: {tools, caller}}) => {
    const traces = await tools.serveInspector.recentRequests({limit, adminPort});
    return traces.filter(({organizationId}) => organizationId === caller.scope.organizationId).map(requestView);
  }),

  follow: api.follow.handler(async function* ({input: {limit, adminPort = null}, context: {tools, caller}, signal}) {
    const wish = {limit, adminPort, signal: signal ?? new AbortController().signal};
    for await (const {trace, missedBefore} of followRequests(tools, caller.scope, wish)) {
      yield {request: requestView(trace), missedBefore};
    }
  }),

  show: api.show.handler(async ({input: {request, adminPort = null}, context: {tools, caller}}) => {
    const trace = await tools.serveInspector.findRequest(request, adminPort);
    if (trace?.organizationId === caller.scope.organizationId) return requestView(trace);
    throw new InventivError('not_found', `The running server remembers no request "${request}".`, {
      hint: 'It keeps the last 2,000 in memory; list them with "inventiv requests tail".',
      param: 'request',
    });
  }),
};

function requestView({
  sequence: _,
  organizationId: __,
  startedAtMs,
  finishedAtMs,
  ...trace
}: RequestTrace): RequestView {
  return {
    ...trace,
    startedAt: isoTime(startedAtMs),
    durationMs: finishedAtMs === null ? null : finishedAtMs - startedAtMs,
    attempts: trace.attempts.map(({startedAtMs: attemptedAtMs, endedAtMs, ...attempt}) => ({
      ...attempt,
      startedAt: isoTime(attemptedAtMs),
      durationMs: endedAtMs === null ? null : endedAtMs - attemptedAtMs,
    })),
  };
}
