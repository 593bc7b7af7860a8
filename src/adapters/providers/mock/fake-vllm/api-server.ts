import {createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES} from 'node:http';
import {Exchange} from './exchange.ts';
import {HttpMetrics} from './http-metrics.ts';
import type {InferenceServer} from './inference-server.ts';
import {ApiError, methodNotAllowed, notFound} from './openai-errors.ts';
import {chatCompletions} from './routes/chat.ts';
import {completions} from './routes/completions.ts';
import {embeddings} from './routes/embeddings.ts';
import {countTokens, messages} from './routes/messages.ts';
import {responses, storedResponse} from './routes/responses.ts';
import {rerank, score} from './routes/scoring.ts';
import {health, metrics, models, version} from './routes/server-info.ts';
import {detokenize, tokenize} from './routes/tokens.ts';
import {transcriptions} from './routes/transcriptions.ts';

type Handler = (server: InferenceServer, exchange: Exchange) => void | Promise<void>;

interface Route {
  methods: readonly string[];
  handler: Handler;
  /** Open routes stay out of the HTTP metrics, as vLLM excludes them. */
  isMeasured: boolean;
}

/** Only paths that start like this ask for the key; everything else is open, as in vLLM. */
const GUARDED_PREFIXES = ['/v1', '/v2', '/inference', '/cohere'];
/** uvicorn's default: an idle connection is closed after this time. */
const KEEP_ALIVE_MS = 5000;

/** The OpenAI-compatible HTTP server. It does not listen yet. */
export function apiServer(server: InferenceServer): Server {
  const table = routes(server);
  const http = new HttpMetrics(server.registry);
  const load = {inFlight: 0};
  table.set('/load', {
    methods: ['GET'],
    isMeasured: false,
    handler: (_, exchange) =>
      exchange.sendJson(200, {server_load: server.options.serverLoadTracking ? load.inFlight : 0}),
  });
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = new Exchange(request, response);
    const startedAtMs = server.clock.nowMs();
    const route = table.get(exchange.path) ?? storedResponseRoute(exchange.path, table);
    const countsAsLoad = exchange.path.startsWith('/v1/') && request.method === 'POST';
    if (countsAsLoad) load.inFlight += 1;
    response.once('close', () => {
      if (countsAsLoad) load.inFlight -= 1;
      const method = request.method ?? 'GET';
      if (route?.isMeasured !== false) {
        http.observe(route ? exchange.path : 'none', method, response.statusCode, server.clock.nowMs() - startedAtMs);
      }
      if (server.options.accessLog && response.headersSent) logAccess(server, request, response.statusCode);
    });
    response.setHeader('server', 'uvicorn');
    if (server.options.requestIdHeaders) {
      response.setHeader('x-request-id', exchange.header('x-request-id') ?? server.newHexId());
    }
    void answer(server, exchange, route);
  };
  return createServer({keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0}, onRequest);
}

async function answer(server: InferenceServer, exchange: Exchange, route: Route | undefined): Promise<void> {
  try {
    if (!isAuthorized(server.options.apiKeys, exchange)) {
      exchange.sendJson(401, {error: 'Unauthorized'});
      return;
    }
    if (route === undefined) throw notFound();
    if (!route.methods.includes(exchange.request.method ?? '')) throw methodNotAllowed();
    await route.handler(server, exchange);
  } catch (error) {
    if (error instanceof ApiError) exchange.sendError(error);
    // The client left while its body was read: nobody to answer.
    else if (!exchange.request.destroyed || !exchange.response.destroyed) {
      server.log.api(
        'ERROR',
        'launcher.py:88',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
      exchange.sendError(new ApiError(500, 'InternalServerError', 'Internal Server Error'));
    }
  }
}

function routes(server: InferenceServer): Map<string, Route> {
  const open = (methods: readonly string[], handler: Handler): Route => ({methods, handler, isMeasured: false});
  const measured = (methods: readonly string[], handler: Handler): Route => ({methods, handler, isMeasured: true});
  const table = new Map<string, Route>([
    ['/health', open(['GET'], health)],
    ['/ping', open(['GET', 'POST'], health)],
    ['/version', open(['GET'], version)],
    ['/metrics', open(['GET'], metrics)],
    ['/v1/models', measured(['GET'], models)],
    ['/tokenize', measured(['POST'], tokenize)],
    ['/detokenize', measured(['POST'], detokenize)],
  ]);
  const add = (handler: Handler, ...paths: string[]): void => {
    for (const path of paths) table.set(path, measured(['POST'], handler));
  };
  const {task} = server.options;
  if (task === 'generate' || task === 'both') {
    add(chatCompletions, '/v1/chat/completions');
    add(completions, '/v1/completions');
    add(responses, '/v1/responses');
    add(messages, '/v1/messages');
    add(countTokens, '/v1/messages/count_tokens');
  }
  if (task === 'embed' || task === 'both') add(embeddings, '/v1/embeddings');
  if (task === 'score' || task === 'both') {
    add(score, '/score', '/v1/score');
    add(rerank, '/rerank', '/v1/rerank', '/v2/rerank');
  }
  if (task === 'transcribe' || task === 'both')
    add(transcriptions, '/v1/audio/transcriptions', '/v1/audio/translations');
  return table;
}

/** Below `/v1/responses/`, where the model has responses at all. */
function storedResponseRoute(path: string, table: ReadonlyMap<string, Route>): Route | undefined {
  const [, id, cancel] = /^\/v1\/responses\/([^/]+)(\/cancel)?$/.exec(path) ?? [];
  if (id === undefined || !table.has('/v1/responses')) return undefined;
  return {methods: [cancel === undefined ? 'GET' : 'POST'], handler: storedResponse, isMeasured: true};
}

function isAuthorized(keys: readonly string[], exchange: Exchange): boolean {
  if (keys.length === 0 || exchange.request.method === 'OPTIONS') return true;
  if (!GUARDED_PREFIXES.some(prefix => exchange.path.startsWith(prefix))) return true;
  const [scheme, key] = (exchange.header('authorization') ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && key !== undefined && keys.includes(key);
}

function logAccess(server: InferenceServer, request: IncomingMessage, status: number): void {
  const {remoteAddress = '-', remotePort = 0} = request.socket;
  const text = `INFO:     ${remoteAddress}:${remotePort} - "${request.method} ${request.url} HTTP/${request.httpVersion}" ${status} ${STATUS_CODES[status] ?? ''}`;
  server.log.plain(text, 'api');
}
