import {buildConnector, Pool} from 'undici';
import type {InventivError} from '../../core/errors.ts';
import type {WorkerEndpoint} from '../../core/instance/instance.ts';
import {refusalOf} from './certificate.ts';

const connectTimeoutMs = 5000;
/** Below the 5 s after which vLLM's server closes an idle connection, so that we never write into a closing one. */
const idleConnectionMs = 3000;
const connectionsMax = 4096;

/** Told of every connection that was refused because of its certificate. */
export type OnRefused = (error: InventivError) => void;

/**
 * Connections to one port of a worker: HTTP/1.1, one request at a time on each. A worker's certificate is its own, so it
 * is checked by its fingerprint (read over SSH when it was made) on each connection, before the first byte is sent; one
 * that differs fails the requests that wait for it with `worker_certificate_changed`. No time limits on answers: callers
 * keep their own clocks.
 */
export function openWorkerPool(
  {tlsFingerprint}: Pick<WorkerEndpoint, 'tlsFingerprint'>,
  url: string,
  onRefused: OnRefused = () => {},
): Pool {
  return new Pool(url, {
    connections: connectionsMax,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: idleConnectionMs,
    keepAliveMaxTimeout: idleConnectionMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect:
      tlsFingerprint === null
        ? buildConnector({timeout: connectTimeoutMs, allowH2: false})
        : pinnedConnector(tlsFingerprint, url, onRefused),
  });
}

function pinnedConnector(fingerprint: string, url: string, onRefused: OnRefused): buildConnector.connector {
  // No session is resumed: a resumed one shows no certificate.
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    maxCachedSessions: 0,
    rejectUnauthorized: false,
  });

  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }

      const refusal = refusalOf(socket, fingerprint, url);
      if (refusal === null) {
        callback(null, socket);
        return;
      }

      socket.destroy();
      onRefused(refusal);
      callback(refusal, null);
    });
}
