import type {FastifyInstance} from 'fastify';
import {InventivError} from '../../core/errors.ts';
import type {RequestTrace} from '../../core/routing/request-trace.ts';

const limitMax = 1000;

/** Where traces come from: this process, or all processes of this server. */
export interface TraceSource {
  recent(query: {limit: number}): readonly RequestTrace[] | Promise<readonly RequestTrace[]>;
  find(id: string): RequestTrace | null | Promise<RequestTrace | null>;
}

/** What the server remembers of its last requests, for the operator on this machine. */
export function registerRequestRoutes(app: FastifyInstance, source: TraceSource): void {
  app.get<{Querystring: {limit?: string}}>('/requests', async request => {
    const limit = Number(request.query.limit ?? 100);
    if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
      throw new InventivError('invalid_input', `"limit" must be 1 to ${limitMax}.`, {param: 'limit'});
    }

    return await source.recent({limit});
  });
  app.get<{Params: {id: string}}>('/requests/:id', async request => {
    const trace = await source.find(request.params.id);
    if (trace === null) throw new InventivError('not_found', 'This server remembers no such request.');
    return trace;
  });
}
