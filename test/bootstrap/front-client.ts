import {createHash} from 'node:crypto';
import type {IncomingHttpHeaders} from 'node:http';
import {request} from 'node:https';
import {text} from 'node:stream/consumers';
import type {TLSSocket} from 'node:tls';

export interface FrontAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  /** SHA-256 of the certificate that was shown, DER, hex. */
  readonly fingerprint: string;
}

/** One request to a machine's front, whoever signed its certificate. */
export async function callFront(
  url: string,
  {method = 'GET', headers = {}, body}: {method?: string; headers?: Record<string, string>; body?: object} = {},
): Promise<FrontAnswer> {
  const {promise, resolve, reject} = Promise.withResolvers<FrontAnswer>();
  const {hostname, port} = new URL(url);
  // The path as it was given: `URL` would take `..` out of it.
  const path = url.slice(url.indexOf('/', 'https://'.length));
  const content = body === undefined ? undefined : JSON.stringify(body);
  const type = content === undefined ? {} : {'content-type': 'application/json'};
  const outgoing = request(
    {hostname, port, path, method, headers: {...type, ...headers}, rejectUnauthorized: false, agent: false},
    incoming => {
      const socket = incoming.socket as TLSSocket;
      const fingerprint = createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex');
      text(incoming).then(
        answer => resolve({status: incoming.statusCode ?? 0, body: answer, headers: incoming.headers, fingerprint}),
        reject,
      );
    },
  );
  outgoing.once('error', reject);
  outgoing.end(content);
  return promise;
}
