import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ApiReply} from './api-call.ts';
import {checkToken} from './auth.ts';
import {type FaultAnswer, faultAnswer} from './call-faults.ts';
import {control} from './control.ts';
import {ApiError, invalidArguments, unknownResource} from './errors.ts';
import type {Fault} from './faults.ts';
import type {JournalEntry} from './journal.ts';
import {isObject, type Json, parseJson, stringOf} from './json.ts';
import {findRoute} from './routes.ts';
import type {World} from './world.ts';

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const JSON_TYPE = 'application/json';

/** Serves the world on `port` (0 = chosen by the system) and resolves when listening. */
export async function listen(world: World, host: string, port: number): Promise<{server: Server; url: string}> {
  const server = createServer((request, response) => {
    answer(world, request, response).catch(error => {
      if (!response.headersSent) send(response, {status: 500, body: {message: String(error), type: 'fake_is_broken'}});
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {server, url: `http://${host}:${address.port}`};
}

async function answer(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake');
  const method = request.method ?? 'GET';
  const rawBody = await readBody(request);
  world.clock.settle();
  if (url.pathname === '/control' || url.pathname.startsWith('/control/')) {
    return send(response, control(world, method, url.pathname, rawBody));
  }
  const entry = world.journal.add({
    atMs: world.clock.nowMs(),
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: readableBody(rawBody),
    status: null,
    fault: null,
    userAgent: request.headers['user-agent'] ?? null,
  });
  const fault = world.faults.strikeCall(method, url.pathname, commercialTypeOf(entry.body));
  const call = (): ApiReply => callApi(world, request, url, method, rawBody);
  if (fault === undefined) return finish(response, entry, call());
  entry.fault = fault.kind;
  await strike(response, entry, fault, faultAnswer(fault, method, url.pathname), call);
}

/** With `when: after` the call does its work first, and only its answer is replaced. */
async function strike(
  response: ServerResponse,
  entry: JournalEntry,
  fault: Fault,
  outcome: FaultAnswer,
  call: () => ApiReply,
): Promise<void> {
  if (fault.when === 'after' && outcome.do !== 'wait') call();
  switch (outcome.do) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'wait':
      await new Promise(resolve => setTimeout(resolve, outcome.delayMs));
      return finish(response, entry, call());
    case 'text':
      return finish(response, entry, {
        status: outcome.status,
        text: Buffer.from(outcome.text),
        contentType: outcome.contentType,
      });
    case 'throw':
      return finish(response, entry, errorReply(outcome.error));
  }
}

function callApi(world: World, request: IncomingMessage, url: URL, method: string, rawBody: Buffer): ApiReply {
  try {
    const token = request.headers['x-auth-token'];
    checkToken(world, Array.isArray(token) ? token[0] : token);
    const route = findRoute(method, url.pathname);
    if (route === undefined) throw unknownResource(url.pathname);
    const {params} = route;
    if (params.zone !== undefined && !world.zones.has(params.zone)) {
      throw invalidArguments({argument_name: 'zone', reason: 'constraint', help_message: 'unknown zone'});
    }
    return route.handler({world, method, path: url.pathname, params, query: url.searchParams, rawBody});
  } catch (error) {
    if (error instanceof ApiError) return errorReply(error);
    throw error;
  }
}

function errorReply(error: ApiError): ApiReply {
  const {status, body, headers} = error;
  return {status, ...(body !== undefined && {body}), headers};
}

function finish(response: ServerResponse, entry: JournalEntry, reply: ApiReply): void {
  entry.status = reply.status;
  send(response, reply);
}

/** The Content-Type is exactly `application/json`: the SDK refuses anything longer. */
function send(response: ServerResponse, reply: ApiReply): void {
  const payload = reply.text ?? (reply.body === undefined ? undefined : Buffer.from(JSON.stringify(reply.body)));
  const contentType = reply.contentType ?? (reply.body === undefined ? undefined : JSON_TYPE);
  response.writeHead(reply.status, {
    ...(contentType !== undefined && {'Content-Type': contentType}),
    ...(payload !== undefined && {'Content-Length': String(payload.length)}),
    Server: 'Scaleway API Gateway (fake)',
    ...reply.headers,
  });
  response.end(payload);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error(`request body over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readableBody(rawBody: Buffer): Json {
  if (rawBody.length === 0) return null;
  const text = rawBody.toString('utf8');
  return parseJson(text) ?? text;
}

function commercialTypeOf(body: Json): string | undefined {
  return isObject(body) ? stringOf(body.commercial_type) : undefined;
}
