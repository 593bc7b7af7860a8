import type {OtlpEnv} from '../config/env.ts';
import {readOtlp} from '../config/otlp.ts';
import type {SpanExporter} from '../ports/span-exporter.ts';

/** Null, and nothing loaded, where no traces are wanted. */
export async function openSpanExporter(env: OtlpEnv): Promise<SpanExporter | null> {
  const otlp = readOtlp(env);
  if (otlp === null) return null;
  const {url, headers, serviceName} = otlp;
  const {createOtlpExporter} = await import('../adapters/otlp/otlp-exporter.ts');
  return createOtlpExporter({url, headers, resource: {'service.name': serviceName}});
}
