import type {IncomingMessage, ServerResponse} from 'node:http';
import type {EndpointTraits} from '../../core/proxy/endpoints.ts';
import type {OpenAiError} from '../../core/proxy/openai-error.ts';
import {errorHeaders, errorText} from '../send-error.ts';

const lingerMs = 1000;

/**
 * Answers a request whose body was not read to its end, and closes the connection. What still comes is thrown away for a
 * moment first: closing over unread bytes would reset the connection and destroy the answer before the client reads it.
 */
export function refuseUnreadBody(
  request: IncomingMessage,
  response: ServerResponse,
  error: OpenAiError,
  dialect: EndpointTraits['dialect'],
): void {
  if (response.headersSent || response.destroyed) return;
  const body = errorText(response, error, dialect);
  response.writeHead(error.status, {
    ...errorHeaders(error),
    connection: 'close',
    'content-length': Buffer.byteLength(body),
  });
  response.write(body);

  const finish = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, lingerMs);
  request.once('end', finish).once('close', finish).resume();
}
