import type {Span} from './spans.ts';

/** OTLP's JSON form (opentelemetry-proto, `ExportTraceServiceRequest`): ids in hexadecimal, times in nanoseconds as text. */
export function otlpTraces(spans: readonly Span[], resource: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: {attributes: keyValues(resource)},
        scopeSpans: [{scope: {name: 'inventiv'}, spans: spans.map(otlpSpan)}],
      },
    ],
  });
}

const kinds = {server: 2, client: 3} as const;
const statusError = 2;

function otlpSpan(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentId === null ? {} : {parentSpanId: span.parentId}),
    name: span.name,
    kind: kinds[span.kind],
    startTimeUnixNano: nanos(span.startedAtMs),
    // A clock that went back must not make a span that ends before it begins.
    endTimeUnixNano: nanos(Math.max(span.startedAtMs, span.endedAtMs)),
    attributes: keyValues(span.attributes),
    status: span.failed ? {code: statusError} : {},
  };
}

function nanos(ms: number): string {
  return String(BigInt(Math.trunc(ms)) * 1_000_000n);
}

function keyValues(attributes: Span['attributes']): object[] {
  return Object.entries(attributes).map(([key, value]) => ({key, value: anyValue(value)}));
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === 'string') return {stringValue: value};
  if (typeof value === 'boolean') return {boolValue: value};
  return Number.isInteger(value) ? {intValue: String(value)} : {doubleValue: value};
}
