import type {FastifyInstance} from 'fastify';
import type {Clock} from '../../ports/clock.ts';
import type {SecretHasher} from '../../ports/secrets.ts';
import {authenticate, requireScope} from '../auth.ts';
import {findRoute, isPermitted} from '../proxy/find-route.ts';
import type {Look} from '../snapshot/look.ts';
import type {ModelRoute} from '../snapshot/snapshot.ts';

/** `GET /v1/models` and `GET /v1/models/{id}`, where an id may hold slashes, raw or encoded. */
export function registerModelRoutes(
  app: FastifyInstance,
  deps: {look: Look; hasher: SecretHasher; clock: Clock},
): void {
  const keyOf = async (headers: Parameters<typeof authenticate>[2]) => {
    const key = await deps.look(snapshot => authenticate(snapshot, deps.hasher, headers, deps.clock.nowMs()));
    requireScope(key, 'models', 'inference');
    return key;
  };

  app.get('/v1/models', async request => {
    const key = await keyOf(request.headers);
    const routes = await deps.look(snapshot => new Set(snapshot.routes.get(key.organizationId)?.values() ?? []));
    const served = [...routes].filter(route => route.workers.length > 0 && isPermitted(key, route));
    const data = served.map(modelObject).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return {object: 'list', data};
  });

  app.get<{Params: {'*': string}}>('/v1/models/*', async request => {
    const key = await keyOf(request.headers);
    const model = request.params['*'].replace(/\/$/, '');
    return modelObject(await deps.look(snapshot => findRoute(snapshot, key, model)));
  });
}

function modelObject(route: ModelRoute) {
  return {
    id: route.publicName,
    object: 'model',
    created: Math.floor(route.createdAtMs / 1000),
    owned_by: 'inventiv',
    max_model_len: route.maxModelLen,
  };
}
