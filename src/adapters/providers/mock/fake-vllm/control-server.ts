import {createServer, type Server} from 'node:http';
import {BodyFields} from './body-fields.ts';
import {Exchange} from './exchange.ts';
import type {InferenceServer} from './inference-server.ts';
import {ApiError, badRequest, methodNotAllowed, notFound} from './openai-errors.ts';

/**
 * The control server: separate from the API so that nothing that a client sends can steer the fake. Binds to 127.0.0.1 only.
 *
 *   GET  /stats      {pid, model, phase, requests, tokens, aborted, engines, faults}
 *   GET  /requests   {requests: RequestRecord[]}, the latest 20,000; ?outcome=finished|aborted|failed|rejected|open
 *   POST /fail       one of
 *                      {mode: 'die', exitCode?, lingerMs?}         engine dead now: 500s, /health 503, then exit
 *                      {mode: 'wedge'}                             healthy, but no tokens until a reset
 *                      {mode: 'slow', factor?}                     all delays times factor (10)
 *                      {mode: 'stream_error', afterTokens?, count?} error frame (or 500) in the next `count` (1) answers
 *                      {mode: 'drop', afterTokens?, count?}        connection cut in the next `count` (1) answers
 *                      {mode: 'queue_full', count?}                503 for the next `count` (all) requests
 *   POST /reset      faults off, ledger and idle prefix cache empty; Prometheus counters stay
 */
export function controlServer(server: InferenceServer, phase: () => string): Server {
  return createServer((request, response) => {
    void handle(server, phase, new Exchange(request, response));
  });
}

async function handle(server: InferenceServer, phase: () => string, exchange: Exchange): Promise<void> {
  try {
    const get = exchange.request.method === 'GET';
    if (exchange.path === '/stats' && get) exchange.sendJson(200, stats(server, phase()));
    else if (exchange.path === '/requests' && get) {
      exchange.sendJson(200, {requests: server.ledger.records(exchange.query.get('outcome'))});
    } else if (exchange.path === '/fail' && exchange.request.method === 'POST') {
      arm(server, new BodyFields(await exchange.readJsonObject()));
      exchange.sendJson(200, {faults: server.faults.describe()});
    } else if (exchange.path === '/reset' && exchange.request.method === 'POST') {
      server.reset();
      exchange.sendJson(200, stats(server, phase()));
    } else if (['/stats', '/requests', '/fail', '/reset'].includes(exchange.path)) throw methodNotAllowed();
    else throw notFound();
  } catch (error) {
    exchange.sendError(error instanceof ApiError ? error : new ApiError(500, 'InternalServerError', String(error)));
  }
}

/** What was asked of this server and what it does now. Token counts are exact, as in `usage`. */
function stats(server: InferenceServer, phase: string): object {
  const {requests, tokens} = server.ledger.summary();
  return {
    pid: process.pid,
    model: server.modelName,
    phase: server.alive ? phase : 'dead',
    requests: {...requests, running: server.running, waiting: server.waiting},
    tokens,
    aborted: server.ledger.records('aborted'),
    engines: server.engines.map(({running, waiting, kv}) => ({
      running,
      waiting,
      kvBlocksUsed: kv.usedBlocks,
      kvBlocksTotal: kv.totalBlocks,
    })),
    faults: server.faults.describe(),
  };
}

const MODES = ['die', 'wedge', 'slow', 'stream_error', 'drop', 'queue_full'] as const;

function arm(server: InferenceServer, fields: BodyFields): void {
  const mode = fields.text('mode');
  const count = fields.integer('count');
  const afterTokens = fields.integer('afterTokens') ?? 1;
  const factor = fields.number('factor') ?? 10;
  const exitCode = fields.integer('exitCode') ?? 1;
  const lingerMs = fields.number('lingerMs') ?? undefined;
  fields.check();
  switch (MODES.find(known => known === mode)) {
    case 'die':
      server.die('torch.AcceleratorError: CUDA error: an illegal memory access was encountered', exitCode, lingerMs);
      return;
    case 'wedge':
      server.setWedged(true);
      return;
    case 'slow':
      server.setSlowFactor(factor);
      return;
    case 'stream_error':
      server.faults.armMidAnswer({kind: 'stream_error', afterTokens}, count ?? 1);
      return;
    case 'drop':
      server.faults.armMidAnswer({kind: 'drop', afterTokens}, count ?? 1);
      return;
    case 'queue_full':
      server.faults.armQueueFull(count ?? Number.POSITIVE_INFINITY);
      return;
    default:
      throw badRequest(`mode must be one of ${MODES.join(', ')}; got ${JSON.stringify(mode)}.`, 'mode');
  }
}
