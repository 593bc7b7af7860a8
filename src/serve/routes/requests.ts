import type {FastifyInstance} from 'fastify';
import {InventivError} from '../../core/errors.ts';
import type {EndedPage, EndedQuery} from '../../core/routing/ended-requests.ts';
import {endCursorText, parseEndCursor} from '../../core/routing/ended-requests.ts';
import type {RequestTrace} from '../../core/routing/request-trace.ts';

const limitMax = 1000;

/** Where traces come from: this process, or all processes of this server. */
export interface TraceSource {
  recent(query: {limit: number}): readonly RequestTrace[] | Promise<readonly RequestTrace[]>;
  ended(query: EndedQuery): EndedPage | Promise<EndedPage>;
  find(id: string): RequestTrace | null | Promise<RequestTrace | null>;
}

/** What the server remembers of its last requests, for the operator on this machine. */
export function registerRequestRoutes(app: FastifyInstance, source: TraceSource): void {
  app.get<{Querystring: {limit?: string}}>('/requests', async request => {
    return await source.recent({limit: limitOf(request.query.limit)});
  });
  // Not below /requests: what clients may call a request is theirs.
  app.get<{Querystring: {limit?: string; after?: string}}>('/ended-requests', async ({query}) => {
    const after = query.after === undefined ? null : parseEndCursor(query.after);
    if (query.after !== undefined && after === null) {
      throw new InventivError('invalid_input', '"after" must be the cursor of an earlier answer.', {param: 'after'});
    }

    const page = await source.ended({after, limit: limitOf(query.limit)});
    return {...page, cursor: endCursorText(page.cursor)};
  });
  app.get<{Params: {id: string}}>('/requests/:id', async request => {
    const trace = await source.find(request.params.id);
    if (trace === null) throw new InventivError('not_found', 'This server remembers no such request.');
    return trace;
  });
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? 100);
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitMax) return limit;
  throw new InventivError('invalid_input', `"limit" must be 1 to ${limitMax}.`, {param: 'limit'});
}
