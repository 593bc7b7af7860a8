import {STATUS_CODES} from 'node:http';
import type {Socket} from 'node:net';
import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify';
import Fastify from 'fastify';
import {asInventivError, InventivError} from '../core/errors.ts';
import type {EndpointTraits} from '../core/proxy/endpoints.ts';
import type {OpenAiError} from '../core/proxy/openai-error.ts';
import {fromInventivError, openAiErrorBody} from '../core/proxy/openai-error.ts';
import type {Ids} from '../ports/ids.ts';
import type {ServeLog} from './log.ts';
import {shuttingDown} from './proxy/upstream-faults.ts';
import {acceptedRequestId} from './request-id.ts';
import {errorHeaders, errorText} from './send-error.ts';

const requestTimeoutMs = 5 * 60_000;
const keepAliveTimeoutMs = 65_000;
const pathParamMaxChars = 512;

export interface HttpAppDeps {
  readonly ids: Ids;
  readonly log: ServeLog;
  readonly isDraining: () => boolean;
}

/** An HTTP server whose every error, down to bytes that are not HTTP, is in OpenAI shape with a request id. */
export function createHttpApp(deps: HttpAppDeps): FastifyInstance {
  const app = Fastify({
    logger: false,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    routerOptions: {ignoreTrailingSlash: true, maxParamLength: pathParamMaxChars},
    genReqId: request => acceptedRequestId(request.headers['x-request-id']) ?? deps.ids.next('request'),
    frameworkErrors: (error, request, reply) => answerFault(error, request, reply, deps),
    clientErrorHandler: (error, socket) => answerMalformed(error, socket, deps),
  });

  app.addHook('onRequest', (request, reply, done) => {
    // On the raw response, so that answers written past Fastify carry it too.
    reply.raw.setHeader('x-request-id', request.id);
    if (!deps.isDraining()) return done();
    reply.raw.setHeader('connection', 'close');
    // Probes and scrapers may still look; new work goes to another server.
    if (request.method === 'GET') return done();
    answer(reply, shuttingDown);
  });
  app.setErrorHandler((error, request, reply) => answerFault(error, request, reply, deps));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]?.slice(0, pathParamMaxChars);
    answer(reply, fromInventivError(new InventivError('not_found', `There is nothing at ${request.method} ${path}.`)));
  });
  return app;
}

/** Answers 405 for every other method on this path. */
export function refuseOtherMethods(
  app: FastifyInstance,
  {path, allowed, dialect}: {path: string; allowed: 'GET' | 'POST'; dialect: EndpointTraits['dialect']},
): void {
  const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(method => method !== allowed);
  app.route({
    method: others,
    url: path,
    handler: (request, reply) => {
      const error = new InventivError('method_not_allowed', `${request.method} is not allowed here; use ${allowed}.`);
      answer(reply.header('allow', allowed), fromInventivError(error), dialect);
    },
  });
}

function answer(reply: FastifyReply, error: OpenAiError, dialect: EndpointTraits['dialect'] = 'openai'): void {
  reply
    .code(error.status)
    .headers(errorHeaders(error))
    .send(errorText(reply.raw, error, dialect));
}

function answerFault(thrown: unknown, request: FastifyRequest, reply: FastifyReply, deps: HttpAppDeps): void {
  const error = fastifyFault(thrown) ?? asInventivError(thrown);
  if (error.code === 'unexpected') {
    deps.log.error('request_failed', {
      requestId: request.id,
      path: request.routeOptions.url ?? '',
      reason: error.message,
    });
  }

  answer(reply, fromInventivError(error));
}

/** Faults that Fastify finds itself carry a status below 500 and a code of their own. */
function fastifyFault(thrown: unknown): InventivError | null {
  if (!(thrown instanceof Error) || thrown instanceof InventivError) return null;
  if (!('statusCode' in thrown) || typeof thrown.statusCode !== 'number' || thrown.statusCode >= 500) return null;
  if (thrown.statusCode === 413) return new InventivError('body_too_large', thrown.message);
  if (thrown.statusCode === 415) return new InventivError('unsupported_encoding', thrown.message);
  return new InventivError('invalid_input', thrown.message);
}

/** The parser gave up: bad framing, too large headers, or a request that took too long to come. */
function answerMalformed(error: Error & {code?: string}, socket: Socket, deps: HttpAppDeps): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }

  const status = malformedStatus(error.code);
  const shape: OpenAiError = {
    status,
    message: status === 400 ? 'The request is not valid HTTP.' : (STATUS_CODES[status] ?? 'Bad Request'),
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_http',
    retryable: false,
  };
  const body = openAiErrorBody(shape);
  const lines = Object.entries({...errorHeaders(shape), 'x-request-id': deps.ids.next('request')});
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}

function malformedStatus(code: string | undefined): 400 | 408 | 431 {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}
