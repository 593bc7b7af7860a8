import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';

/** `GET /health`, `GET|POST /ping`: an empty body, 503 once the engine is dead. */
export function health(server: InferenceServer, exchange: Exchange): void {
  exchange.sendEmpty(server.alive ? 200 : 503);
}

/** `GET /version` */
export function version(server: InferenceServer, exchange: Exchange): void {
  exchange.sendJson(200, {version: server.options.version});
}

/** `GET /metrics` */
export function metrics(server: InferenceServer, exchange: Exchange): void {
  exchange.sendText(200, server.registry.render(), 'text/plain; version=0.0.4; charset=utf-8');
}

/** `GET /v1/models`: one card per served name; `created` is the time of the call. */
export function models(server: InferenceServer, exchange: Exchange): void {
  const created = Math.floor(server.clock.nowMs() / 1000);
  exchange.sendJson(200, {
    object: 'list',
    data: server.options.servedModelNames.map(id => ({
      id,
      object: 'model',
      created,
      owned_by: 'vllm',
      root: server.options.model,
      parent: null,
      max_model_len: server.options.maxModelLen,
      permission: [
        {
          id: `modelperm-${server.newHexId()}`,
          object: 'model_permission',
          created,
          allow_create_engine: false,
          allow_sampling: true,
          allow_logprobs: true,
          allow_search_indices: false,
          allow_view: true,
          allow_fine_tuning: false,
          organization: '*',
          group: null,
          is_blocking: false,
        },
      ],
    })),
  });
}
