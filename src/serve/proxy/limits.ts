import type {RequestCaps} from '../../core/proxy/request-caps.ts';
import {defaultCaps} from '../../core/proxy/request-caps.ts';

/** Every bound of the proxy; all have a default, tests and configuration may lower them. */
export interface ProxyLimits {
  /** Bodies that may carry images as base64, or a file; the others are text. */
  readonly multimodalBodyMaxBytes: number;
  readonly textBodyMaxBytes: number;
  /** Largest answer that is not a stream (embeddings of a big batch). */
  readonly answerMaxBytes: number;
  /** From sending until the first byte of the answer: queue and prefill, or a whole answer that is not streamed. */
  readonly firstByteTimeoutMs: number;
  /** Between two pieces of a stream. */
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** How long a client may leave its full socket unread. */
  readonly slowClientTimeoutMs: number;
  /** Workers tried for one request, the first included. */
  readonly attemptsMax: number;
  /** What one request may ask for. */
  readonly caps: RequestCaps;
}

const mebibyte = 1024 * 1024;
const minuteMs = 60_000;

export const defaultProxyLimits: ProxyLimits = {
  multimodalBodyMaxBytes: 64 * mebibyte,
  textBodyMaxBytes: 16 * mebibyte,
  answerMaxBytes: 128 * mebibyte,
  firstByteTimeoutMs: 20 * minuteMs,
  idleTimeoutMs: 5 * minuteMs,
  totalTimeoutMs: 60 * minuteMs,
  slowClientTimeoutMs: 2 * minuteMs,
  attemptsMax: 3,
  caps: defaultCaps,
};
