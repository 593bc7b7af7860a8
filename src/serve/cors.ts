import type {FastifyInstance} from 'fastify';

const maxAgeSeconds = 600;
const exposedHeaders = [
  'x-request-id',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  ...['limit', 'remaining', 'reset'].flatMap(what => [`x-ratelimit-${what}-requests`, `x-ratelimit-${what}-tokens`]),
].join(', ');

/**
 * Lets pages of exactly these origins call the API (https://fetch.spec.whatwg.org/#http-cors-protocol). Preflights need no
 * key. Without origins nothing is registered, and no page of another origin may read an answer.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  app.addHook('onRequest', (request, reply, done) => {
    // On the raw response, so that answers written past Fastify carry it too.
    reply.raw.appendHeader('vary', 'origin');
    const {origin} = request.headers;
    if (origin === undefined || !allowed.has(origin)) return done();
    reply.raw.setHeader('access-control-allow-origin', origin);
    reply.raw.setHeader('access-control-expose-headers', exposedHeaders);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return done();
    reply.raw.setHeader('access-control-allow-methods', 'GET, POST, OPTIONS');
    reply.raw.setHeader(
      'access-control-allow-headers',
      allowedHeaders(request.headers['access-control-request-headers']),
    );
    reply.raw.setHeader('access-control-max-age', String(maxAgeSeconds));
    reply.code(204).send();
  });
}

/** What the page asked for, as long as these are names of headers: clients add their own, and all of them are harmless here. */
function allowedHeaders(asked: string | undefined): string {
  const names = (asked ?? '').split(',').map(name => name.trim());
  return names
    .filter(name => /^[\w-]{1,64}$/.test(name))
    .slice(0, 32)
    .join(', ');
}
