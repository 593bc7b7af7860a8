import type {IncomingMessage} from 'node:http';
import type {RequestTrace} from '../../core/routing/request-trace.ts';
import type {RequestSpanIds, Span} from '../../core/tracing/spans.ts';
import {spansOf} from '../../core/tracing/spans.ts';
import {formatTraceparent, parseTraceparent} from '../../core/tracing/trace-context.ts';
import type {Ids} from '../../ports/ids.ts';
import type {SpanExporter} from '../../ports/span-exporter.ts';
import type {ServeLog} from '../log.ts';
import {messageOf} from '../log.ts';
import type {ServeMetrics} from '../metrics.ts';

const queueMax = 4096;
const batchMax = 512;
const flushAfterMs = 1000;

/** The ids of one request; an attempt's is added when it begins. */
export type RequestSpan = Omit<RequestSpanIds, 'attemptIds'> & {readonly attemptIds: string[]};

interface TracerParts {
  readonly exporter: SpanExporter;
  readonly ids: Ids;
  readonly metrics: ServeMetrics;
  readonly log: ServeLog;
}

export function openTracer({exporter, ...parts}: Omit<TracerParts, 'exporter'> & {exporter: SpanExporter | null}) {
  return exporter === null ? null : new Tracer({exporter, ...parts});
}

/**
 * Makes spans of finished requests and exports them in batches, beside the requests: nothing here throws, waits, or grows
 * without bound. What does not fit or does not arrive is dropped and counted.
 */
export class Tracer {
  private readonly parts: TracerParts;
  private queue: Span[] = [];
  private timer: NodeJS.Timeout | null = null;
  private flushing: Promise<void> = Promise.resolve();
  private failing = false;
  private closing = false;

  constructor(parts: TracerParts) {
    this.parts = parts;
  }

  /** Null for a caller that says that its trace is not kept. */
  begin(request: IncomingMessage): RequestSpan | null {
    const caller = parseTraceparent(request.headers.traceparent);
    if (caller?.isSampled === false) return null;
    return {
      traceId: caller?.traceId ?? this.newId(16),
      parentId: caller?.parentId ?? null,
      spanId: this.newId(8),
      attemptIds: [],
    };
  }

  /** The `traceparent` for the worker. */
  beginAttempt(span: RequestSpan): string {
    const id = this.newId(8);
    span.attemptIds.push(id);
    return formatTraceparent(span.traceId, id);
  }

  ended(trace: RequestTrace, span: RequestSpan): void {
    const spans = spansOf(trace, span);
    if (this.queue.length + spans.length > queueMax) {
      this.parts.metrics.spansEnded('dropped', spans.length);
      return;
    }

    this.queue.push(...spans);
    this.timer ??= setTimeout(() => this.flushSoon(), flushAfterMs);
  }

  /** Exports what is left, as long as it arrives. */
  async close(): Promise<void> {
    this.closing = true;
    this.flushSoon();
    await this.flushing;
  }

  private flushSoon(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    // One export at a time: a slow receiver fills the queue, not the memory.
    this.flushing = this.flushing.then(() => this.flush());
  }

  private async flush(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue.slice(0, batchMax);
      this.queue = this.queue.slice(batchMax);
      await this.send(batch);
      // A receiver that is away must not hold up a stop, batch for batch.
      if (this.closing && this.failing) this.dropAll();
    }
  }

  private dropAll(): void {
    this.parts.metrics.spansEnded('dropped', this.queue.length);
    this.queue = [];
  }

  private async send(batch: readonly Span[]): Promise<void> {
    const {exporter, metrics, log} = this.parts;
    try {
      await exporter.export(batch);
      metrics.spansEnded('exported', batch.length);
      this.failing = false;
    } catch (error) {
      metrics.spansEnded('failed', batch.length);
      if (!this.failing) log.warn('trace_export_failed', {reason: messageOf(error), spans: batch.length});
      this.failing = true;
    }
  }

  private newId(bytes: number): string {
    return Buffer.from(this.parts.ids.randomBytes(bytes)).toString('hex');
  }
}
