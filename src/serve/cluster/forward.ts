import type {IncomingMessage, ServerResponse} from 'node:http';
import {request as httpRequest} from 'node:http';
import type {FastifyInstance} from 'fastify';
import {InventivError} from '../../core/errors.ts';
import {fromInventivError} from '../../core/proxy/openai-error.ts';
import {sendError} from '../send-error.ts';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Hands these paths to the primary as they came: it has the store. */
export function registerForwarding(app: FastifyInstance, paths: readonly string[], socketPath: string): void {
  void app.register(async scope => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const url of paths) {
      scope.route({
        method: methods,
        url,
        handler: (request, reply) => {
          reply.hijack();
          forward(request.raw, reply.raw, socketPath);
        },
      });
    }
  });
}

function forward(request: IncomingMessage, response: ServerResponse, socketPath: string): void {
  const {method, url, headers} = request;
  const onward = httpRequest({socketPath, method, path: url, headers: {...headers, connection: 'close'}}, answer => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders.length === 0 ? {} : endToEnd(answer.headers));
    // Events must not wait for each other.
    response.flushHeaders();
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  onward.once('error', () => {
    const fault = new InventivError('no_capacity', 'The server is starting again.', {retryable: true});
    if (response.headersSent) response.destroy();
    else sendError(response, fromInventivError(fault), 'openai');
  });
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

function endToEnd({connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers}: IncomingMessage['headers']) {
  return headers;
}
