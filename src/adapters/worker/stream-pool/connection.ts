import type {Socket} from 'node:net';
import type {UpstreamCall, UpstreamHandler} from '../../../ports/upstream.ts';
import type {OpenSocket} from './open-socket.ts';
import type {ResponseSink} from './response-reader.ts';
import {ResponseReader} from './response-reader.ts';

/** What a connection tells its pool. */
export interface ConnectionOwner {
  onIdle(connection: Connection): void;
  onClosed(connection: Connection): void;
}

/** A request on its way. Its hold on the connection ends with the answer: the next request is nobody's to abort but its own. */
export class Call implements UpstreamCall {
  readonly head: string;
  readonly body: Uint8Array;
  readonly handler: UpstreamHandler;
  connection: Connection | null = null;

  constructor(head: string, body: Uint8Array, handler: UpstreamHandler) {
    this.head = head;
    this.body = body;
    this.handler = handler;
  }

  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  abort(): void {
    this.connection?.abort();
  }
}

/** HOT PATH. One socket to a worker: one request at a time, then idle until the next, or closed. */
export class Connection implements ResponseSink {
  idleSinceMs = 0;
  private readonly owner: ConnectionOwner;
  private readonly socket: Socket;
  private reader: ResponseReader;
  private call: Call | null = null;
  private connected = false;
  private error: Error | null = null;

  constructor(openSocket: OpenSocket, owner: ConnectionOwner) {
    this.owner = owner;
    this.reader = new ResponseReader(this);
    this.socket = openSocket({
      onReady: () => this.ready(),
      onBytes: bytes => this.read(bytes),
      onEnd: () => this.peerEnded(),
      onError: error => {
        this.error ??= error;
      },
      onClosed: () => this.finishClosed(),
    });
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  /** Only for a connection that is new or idle. */
  start(call: Call): void {
    this.call = call;
    call.connection = this;
    this.reader = new ResponseReader(this);
    if (this.connected) process.nextTick(sendRequest, this, call);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** The only way to give a request up is to give the connection up. */
  abort(): void {
    this.release();
    this.close();
  }

  /** Breaks off what runs; its handler sees a failure. */
  close(): void {
    this.socket.destroy();
  }

  onHead(status: number, headers: ReadonlyMap<string, string>): void {
    this.call?.handler.onHead(status, headers);
  }

  onData(chunk: Buffer): void {
    this.call?.handler.onData(chunk);
  }

  onEnd(keepsAlive: boolean): void {
    const handler = this.release();
    // An answer before the whole request was taken: what is left of it must not run into the next one.
    if (keepsAlive && this.socket.writableLength === 0 && this.isOpen) {
      this.socket.resume();
      this.owner.onIdle(this);
    } else {
      this.close();
    }

    handler?.onEnd();
  }

  /** Not called from within `send`, so that no handler is either. */
  write(call: Call): void {
    if (this.call !== call) return;
    call.handler.onSent();
    // The handler may have given up just now.
    if (this.call !== call) return;
    const head = Buffer.from(call.head, 'latin1');
    if (call.body.length <= joinMaxBytes) {
      this.socket.write(Buffer.concat([head, call.body]));
    } else {
      this.socket.write(head);
      this.socket.write(call.body);
    }
  }

  private ready(): void {
    this.connected = true;
    if (this.call !== null) this.write(this.call);
  }

  private read(bytes: Buffer): void {
    // Nothing was asked: whatever this is, it must not become the answer to the next request.
    if (this.call === null) {
      this.close();
      return;
    }

    try {
      this.reader.read(bytes);
    } catch (error) {
      this.error ??= error instanceof Error ? error : new Error(String(error));
      this.close();
    }
  }

  private peerEnded(): void {
    if (this.call !== null) this.reader.close();
    this.close();
  }

  private finishClosed(): void {
    this.owner.onClosed(this);
    this.release()?.onFailure(this.error ?? new Error('the connection was closed'));
  }

  private release(): UpstreamHandler | null {
    const {call} = this;
    this.call = null;
    if (call === null) return null;
    call.connection = null;
    return call.handler;
  }
}

const joinMaxBytes = 64 * 1024;

function sendRequest(connection: Connection, call: Call): void {
  connection.write(call);
}
