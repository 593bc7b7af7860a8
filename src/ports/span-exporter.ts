import type {Span} from '../core/tracing/spans.ts';

/** Brings spans to where traces are kept. Rejects when they did not arrive; a wait has an end. */
export interface SpanExporter {
  export(spans: readonly Span[]): Promise<void>;
}
