/** One request to a worker: always a POST with a whole body. */
export interface UpstreamRequest {
  readonly path: string;
  /** Names and values in turn, names in lower case; `host` and `content-length` are added. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/**
 * What becomes of a request, in this order: sent, head, data (any number), then end or failure, which comes once. All calls
 * are made from the event loop, none from within `send`. Nothing is called after `abort`.
 */
export interface UpstreamHandler {
  /** The request goes to a socket: from now on the worker may work on it. */
  onSent(): void;
  onHead(status: number, headers: ReadonlyMap<string, string>): void;
  /** Bytes of the body without transfer coding, valid until this returns: to be copied where they are kept. May be changed. */
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  /** Not connected (`ConnectTimeout` where that took too long), or broken off; the error never holds what was sent. */
  onFailure(error: Error): void;
}

export interface UpstreamCall {
  /** No data from now on but what was read already; the worker feels it as a full socket. */
  pause(): void;
  resume(): void;
  /** Closes the connection at once, or takes a request back that was not sent yet. */
  abort(): void;
}

/** Connections to one worker, kept alive between requests, one request at a time on each. No time limits on answers. */
export interface UpstreamPool {
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  /** Takes nothing new; what runs may end. */
  close(): void;
  /** Breaks off what runs: their handlers see a failure. */
  destroy(): void;
}

/** A worker that could not be connected to in time. */
export class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout';

  constructor() {
    super('connecting took too long');
  }
}
