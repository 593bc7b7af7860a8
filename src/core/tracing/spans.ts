import type {ProxyEndpoint} from '../proxy/endpoints.ts';
import type {AttemptTrace, RequestTrace} from '../routing/request-trace.ts';
import type {EpochMs} from '../time.ts';

/** A finished span, before it is put into the form of a protocol. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly kind: 'server' | 'client';
  readonly name: string;
  readonly startedAtMs: EpochMs;
  readonly endedAtMs: EpochMs;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** The ids that a request and its attempts have in a trace. */
export interface RequestSpanIds {
  readonly traceId: string;
  readonly parentId: string | null;
  readonly spanId: string;
  readonly attemptIds: readonly string[];
}

/**
 * One span for the request and one for each attempt at a worker, with the attributes of OpenTelemetry's conventions for
 * HTTP and `gen_ai`. Made of what is remembered of a request, which never holds what was said in it.
 */
export function spansOf(trace: RequestTrace, ids: RequestSpanIds): readonly Span[] {
  const endedAtMs = trace.finishedAtMs ?? trace.startedAtMs;
  const {traceId, spanId, parentId} = ids;
  const route = `/v1/${trace.endpoint}`;
  const request: Span = {
    ...{traceId, spanId, parentId},
    kind: 'server',
    name: `POST ${route}`,
    startedAtMs: trace.startedAtMs,
    endedAtMs,
    failed: (trace.status ?? 0) >= 500,
    attributes: present({
      'http.request.method': 'POST',
      'http.route': route,
      'http.response.status_code': trace.status,
      'inventiv.request.id': trace.requestId,
      'inventiv.organization.id': trace.organizationId,
      'inventiv.key.id': trace.keyId,
      'inventiv.outcome': trace.outcome,
      'inventiv.attempts': trace.attempts.length,
      ...genAi(trace),
      ...usage(trace),
    }),
  };
  const attempts = trace.attempts.map((attempt, index): Span => {
    const isLast = index === trace.attempts.length - 1;
    const worker = attempt.candidates.find(({id}) => id === attempt.chosen);
    return {
      traceId,
      spanId: ids.attemptIds[index] ?? '',
      parentId: spanId,
      kind: 'client',
      name: `${operationOf(trace.endpoint)} ${trace.model}`,
      startedAtMs: attempt.startedAtMs,
      endedAtMs: attempt.endedAtMs ?? endedAtMs,
      failed: attempt.errorCode !== null,
      attributes: present({
        ...genAi(trace),
        'gen_ai.provider.name': 'vllm',
        'error.type': attempt.errorCode,
        'inventiv.instance.id': attempt.chosen,
        'inventiv.instance.name': worker?.name ?? null,
        'inventiv.routing.why': attempt.why,
        'inventiv.attempt.result': attempt.result,
        // Only the last one's work is on the bill.
        ...(isLast ? {...usage(trace), ...firstChunk(trace, attempt)} : {}),
      }),
    };
  });
  return [request, ...attempts.filter(({spanId: id}) => id !== '')];
}

/** `gen_ai.operation.name`: a well-known value where there is one. */
const operations: Readonly<Partial<Record<ProxyEndpoint, string>>> = {
  'chat/completions': 'chat',
  responses: 'chat',
  messages: 'chat',
  completions: 'text_completion',
};

function operationOf(endpoint: string): string {
  return operations[endpoint as ProxyEndpoint] ?? endpoint;
}

function genAi({endpoint, model}: RequestTrace) {
  return {'gen_ai.operation.name': operationOf(endpoint), 'gen_ai.request.model': model};
}

function usage({promptTokens, completionTokens, cachedPromptTokens}: RequestTrace) {
  return {
    'gen_ai.usage.input_tokens': promptTokens,
    'gen_ai.usage.output_tokens': completionTokens,
    'gen_ai.usage.cache_read.input_tokens': cachedPromptTokens,
  };
}

/** Seconds from this attempt, not from the request. */
function firstChunk({startedAtMs, firstTokenMs}: RequestTrace, attempt: AttemptTrace) {
  const sinceMs = firstTokenMs === null ? null : Math.max(0, startedAtMs + firstTokenMs - attempt.startedAtMs);
  return {'gen_ai.response.time_to_first_chunk': sinceMs === null ? null : sinceMs / 1000};
}

function present(attributes: Readonly<Record<string, string | number | boolean | null>>): Span['attributes'] {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number | boolean] => entry[1] !== null),
  );
}
