/** Sent to the process of the clients. */
export interface LoadJob {
  readonly port: number;
  /** The whole request, head and body. */
  readonly request: string;
  readonly connections: number;
  /** Over which the connections are opened. */
  readonly rampMs: number;
  readonly durationMs: number;
}

/** Sent back by it. A gap is the time between two reads of one answer: the inter-token time of a paced stream. */
export interface LoadResult {
  readonly requests: number;
  readonly failed: number;
  readonly firstFailure: string | null;
  readonly seconds: number;
  readonly firstByteMs: {readonly p50: number; readonly p99: number};
  readonly gapMs: {readonly p50: number; readonly p99: number};
}
