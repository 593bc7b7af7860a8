import {otlpTraces} from '../../core/tracing/otlp-json.ts';
import type {SpanExporter} from '../../ports/span-exporter.ts';

const timeoutMs = 10_000;

export interface OtlpSettings {
  /** Where traces are posted, `/v1/traces` included. */
  readonly url: string;
  /** May hold a secret: never logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
}

/**
 * OTLP over HTTP, as JSON. Written here because the parts of OpenTelemetry's SDK ask for versions of its API that exclude
 * each other, and because spans are made whole at the end of a request: there is nothing to instrument.
 */
export function createOtlpExporter({url, headers, resource}: OtlpSettings): SpanExporter {
  return {
    async export(spans) {
      const response = await fetch(url, {
        method: 'POST',
        headers: {...headers, 'content-type': 'application/json'},
        body: otlpTraces(spans, resource),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`status ${response.status}`);
    },
  };
}
