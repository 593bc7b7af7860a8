import type {WorkerEndpoint} from '../../../core/instance/instance.ts';
import type {UpstreamCall, UpstreamHandler, UpstreamPool, UpstreamRequest} from '../../../ports/upstream.ts';
import type {OnRefused} from '../open-worker-pool.ts';
import type {ConnectionOwner} from './connection.ts';
import {Call, Connection} from './connection.ts';
import type {OpenSocket} from './open-socket.ts';
import {socketOpener} from './open-socket.ts';

/** Below the 5 s after which vLLM's server closes an idle connection, so that we never write into a closing one. */
const idleConnectionMs = 3000;
const sweepMs = 1000;
const connectionsMax = 4096;

/**
 * The connections that token streams come over: HTTP/1.1 on bare sockets, because between engine and client every token
 * pays for each layer. The most recently used idle one is taken first, so that the others can age and close.
 */
export function openStreamPool(
  {openaiUrl, tlsFingerprint}: Pick<WorkerEndpoint, 'openaiUrl' | 'tlsFingerprint'>,
  onRefused: OnRefused = () => {},
  connectTimeoutMs = 5000,
): UpstreamPool {
  const url = new URL(openaiUrl);
  const pin = tlsFingerprint === null ? null : {fingerprint: tlsFingerprint, onRefused};
  return new StreamPool(url.host, socketOpener(url, pin, connectTimeoutMs));
}

class StreamPool implements UpstreamPool, ConnectionOwner {
  private readonly host: string;
  private readonly openSocket: OpenSocket;
  private readonly open = new Set<Connection>();
  private readonly idle: Connection[] = [];
  private closing = false;
  private sweeper: NodeJS.Timeout | null = null;

  constructor(host: string, openSocket: OpenSocket) {
    this.host = host;
    this.openSocket = openSocket;
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const call = new Call(requestHead(this.host, request), request.body, handler);
    const connection = this.closing ? null : (this.takeIdle() ?? this.connect());
    if (connection === null) return refuse(handler, this.closing);
    connection.start(call);
    return call;
  }

  close(): void {
    this.closing = true;
    for (const connection of this.idle.splice(0)) connection.close();
  }

  destroy(): void {
    this.close();
    for (const connection of this.open) connection.close();
  }

  onIdle(connection: Connection): void {
    if (this.closing) {
      connection.close();
      return;
    }

    connection.idleSinceMs = performance.now();
    this.idle.push(connection);
    this.sweeper ??= setInterval(() => this.sweep(), sweepMs).unref();
  }

  onClosed(connection: Connection): void {
    this.open.delete(connection);
    const at = this.idle.indexOf(connection);
    if (at !== -1) this.idle.splice(at, 1);
  }

  private takeIdle(): Connection | undefined {
    const oldestMs = performance.now() - idleConnectionMs;
    for (let last = this.idle.pop(); last !== undefined; last = this.idle.pop()) {
      if (last.isOpen && last.idleSinceMs >= oldestMs) return last;
      last.close();
    }

    return undefined;
  }

  private connect(): Connection | null {
    if (this.open.size >= connectionsMax) return null;
    const connection = new Connection(this.openSocket, this);
    this.open.add(connection);
    return connection;
  }

  private sweep(): void {
    const oldestMs = performance.now() - idleConnectionMs;
    while (this.idle[0] !== undefined && this.idle[0].idleSinceMs < oldestMs) this.idle.shift()?.close();
    if (this.idle.length > 0 || this.sweeper === null) return;
    clearInterval(this.sweeper);
    this.sweeper = null;
  }
}

/** Values come from ourselves; one that holds a line break would be a request of its own. */
function requestHead(host: string, {path, headers, body}: UpstreamRequest): string {
  let head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\n`;
  for (let index = 0; index < headers.length; index += 2) {
    const line = `${headers[index]}: ${headers[index + 1]}`;
    if (/[\r\n\0]/.test(line)) throw new Error(`the header ${headers[index]} holds a line break`);
    head += `${line}\r\n`;
  }

  return `${head}\r\n`;
}

/** Tells the handler in its own time, like every other failure. */
function refuse(handler: UpstreamHandler, closing: boolean): UpstreamCall {
  let given = false;
  process.nextTick(() => {
    const reason = closing ? 'the worker is no longer used' : `more than ${connectionsMax} requests at one worker`;
    if (!given) handler.onFailure(new Error(reason));
  });
  const abort = () => {
    given = true;
  };
  return {pause: () => {}, resume: () => {}, abort};
}
