import type {TLSSocket} from 'node:tls';
import {buildConnector, Pool} from 'undici';
import type {WorkerEndpoint} from '../../core/instance/instance.ts';

const connectTimeoutMs = 5000;
/** Below the 5 s after which vLLM's server closes an idle connection, so that we never write into a closing one. */
const idleConnectionMs = 3000;
const connectionsMax = 4096;

/**
 * Connections to one port of a worker: HTTP/1.1, one request at a time on each. A worker's certificate is its own, so it
 * is checked by its fingerprint (read over SSH when it was made) before the first byte is sent. No time limits on
 * answers: callers keep their own clocks.
 */
export function openWorkerPool(endpoint: Pick<WorkerEndpoint, 'tlsFingerprint'>, url: string): Pool {
  return new Pool(url, {
    connections: connectionsMax,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: idleConnectionMs,
    keepAliveMaxTimeout: idleConnectionMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: pinnedConnector(endpoint.tlsFingerprint),
  });
}

function pinnedConnector(fingerprint: string | null): buildConnector.connector {
  // No session is resumed: a resumed one shows no certificate.
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    maxCachedSessions: 0,
    ...(fingerprint === null ? {} : {rejectUnauthorized: false}),
  });

  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) callback(error, null);
      else if (fingerprint === null || showsCertificate(socket, fingerprint)) callback(null, socket);
      else {
        socket.destroy();
        callback(new Error('The worker shows another certificate than the pinned one.'), null);
      }
    });
}

function showsCertificate(socket: object, fingerprint: string): boolean {
  if (!isTls(socket)) return false;
  const shown = socket.getPeerCertificate().fingerprint256;
  return shown?.replaceAll(':', '').toLowerCase() === fingerprint.replaceAll(':', '').toLowerCase();
}

function isTls(socket: object): socket is TLSSocket {
  return 'getPeerCertificate' in socket;
}
