/** W3C Trace Context: where a request stands in a trace. Ids are lower-case hexadecimal. */
export interface TraceContext {
  readonly traceId: string;
  /** Span of the caller; null where the trace begins here. */
  readonly parentId: string | null;
  readonly isSampled: boolean;
}

const pattern = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The caller's place in its trace; null for what is no `traceparent`, which is then ignored. */
export function parseTraceparent(header: string | string[] | undefined): TraceContext | null {
  const match = typeof header === 'string' ? pattern.exec(header) : null;
  if (match === null) return null;
  const [, traceId = '', parentId = '', flags = ''] = match;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null;
  return {traceId, parentId, isSampled: (Number.parseInt(flags, 16) & 1) === 1};
}

export function formatTraceparent(traceId: string, spanId: string): string {
  return `00-${traceId}-${spanId}-01`;
}
