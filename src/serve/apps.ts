import type {FastifyInstance} from 'fastify';
import {registerForwarding} from './cluster/forward.ts';
import {allowOrigins} from './cors.ts';
import type {EventFeed} from './event-feed.ts';
import type {HttpAppDeps} from './http-app.ts';
import {createHttpApp, refuseOtherMethods} from './http-app.ts';
import type {ProxyParts} from './proxy/proxied-request.ts';
import {registerEventRoutes} from './routes/events.ts';
import type {Readiness} from './routes/health.ts';
import {registerHealthRoutes} from './routes/health.ts';
import {registerModelRoutes} from './routes/models.ts';
import {registerProxyRoutes} from './routes/proxy.ts';
import type {TraceSource} from './routes/requests.ts';
import {registerRequestRoutes} from './routes/requests.ts';
import {registerWorkerRoutes, type WorkerRouteDeps} from './routes/worker.ts';

export interface HealthParts {
  readonly readiness: () => Readiness;
  readonly version: string;
}

/** What clients, readers of events and workers reach: an allow-list. Metrics and administration are never on it. */
export async function createClientApp(
  http: HttpAppDeps,
  parts: ProxyParts & HealthParts & WorkerRouteDeps & {feed: EventFeed; corsOrigins: readonly string[]},
): Promise<FastifyInstance> {
  const app = createHttpApp(http);
  allowOrigins(app, parts.corsOrigins);
  registerHealthRoutes(app, parts);
  registerModelRoutes(app, parts);
  for (const path of ['/v1/models', '/v1/models/*']) refuseOtherMethods(app, {path, allowed: 'GET', dialect: 'openai'});
  registerEventRoutes(app, parts);
  registerWorkerRoutes(app, parts);
  await registerProxyRoutes(app, parts);
  return app;
}

/** What a data-plane process serves itself; the rest of the client port is the primary's, behind `controlSocket`. */
export async function createDataPlaneApp(
  http: HttpAppDeps,
  parts: ProxyParts & HealthParts & {corsOrigins: readonly string[]},
  controlSocket: string,
): Promise<FastifyInstance> {
  const app = createHttpApp(http);
  allowOrigins(app, parts.corsOrigins);
  registerHealthRoutes(app, parts);
  registerModelRoutes(app, parts);
  for (const path of ['/v1/models', '/v1/models/*']) refuseOtherMethods(app, {path, allowed: 'GET', dialect: 'openai'});
  registerForwarding(app, ['/events/stream', '/api/worker/*'], controlSocket);
  await registerProxyRoutes(app, parts);
  return app;
}

/** What the operator reaches, bound to loopback. */
export function createAdminApp(
  http: HttpAppDeps,
  parts: HealthParts & {traces: TraceSource; renderMetrics: () => Promise<{contentType: string; text: string}>},
): FastifyInstance {
  const app = createHttpApp(http);
  registerHealthRoutes(app, parts);
  registerRequestRoutes(app, parts.traces);
  app.get('/metrics', async (_request, reply) => {
    const {contentType, text} = await parts.renderMetrics();
    return reply.header('content-type', contentType).send(text);
  });
  return app;
}
