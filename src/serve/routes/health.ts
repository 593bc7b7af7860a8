import type {FastifyInstance} from 'fastify';

const snapshotMaxAgeMs = 15_000;

export interface Readiness {
  readonly draining: boolean;
  readonly snapshotAgeMs: number | null;
}

/** Liveness, readiness and version; open to all, and telling nothing else. */
export function registerHealthRoutes(app: FastifyInstance, deps: {readiness: () => Readiness; version: string}): void {
  app.get('/healthz', () => ({status: 'ok'}));
  app.get('/version', () => ({name: 'inventiv', version: deps.version}));
  app.get('/readyz', (_request, reply) => {
    const reason = unreadyReason(deps.readiness());
    return reply
      .code(reason === null ? 200 : 503)
      .send(reason === null ? {status: 'ready'} : {status: 'not_ready', reason});
  });
}

function unreadyReason({draining, snapshotAgeMs}: Readiness): string | null {
  if (draining) return 'shutting down';
  if (snapshotAgeMs === null) return 'the store was not read yet';
  return snapshotAgeMs > snapshotMaxAgeMs ? 'the store cannot be read' : null;
}
