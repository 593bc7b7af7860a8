import type {FastifyInstance} from 'fastify';
import type {EndpointTraits, ProxyEndpoint} from '../../core/proxy/endpoints.ts';
import {endpoints} from '../../core/proxy/endpoints.ts';
import {refuseOtherMethods} from '../http-app.ts';
import type {ProxyParts} from '../proxy/proxied-request.ts';
import {ProxiedRequest} from '../proxy/proxied-request.ts';

/** The allow-list of what reaches a worker. Fastify finds the route; from there on the raw request is the proxy's. */
export async function registerProxyRoutes(app: FastifyInstance, parts: ProxyParts): Promise<void> {
  await app.register(async scope => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const [endpoint, {paths, dialect}] of Object.entries(endpoints) as [ProxyEndpoint, EndpointTraits][]) {
      for (const path of paths) {
        scope.post(path, (request, reply) => {
          reply.hijack();
          void new ProxiedRequest(parts, endpoint, request.raw, reply.raw).run();
        });
        refuseOtherMethods(scope, {path, allowed: 'POST', dialect});
      }
    }
  });
}
