import type {Histogram, MetricsRegistry, Scalar} from './metrics.ts';

/** The request metrics that vLLM's FastAPI instrumentation adds. */
export class HttpMetrics {
  readonly #requests: Scalar;
  readonly #durations: Histogram;

  constructor(registry: MetricsRegistry) {
    this.#requests = registry.counter('http_requests_total', 'Total number of requests by method, status and handler.');
    this.#durations = registry.histogram(
      'http_request_duration_seconds',
      'Latency with only few buckets by handler. Made to be only used if aggregation by handler is important.',
      [0.1, 0.5, 1],
    );
  }

  /** `handler` is the route, or `none` for a path that has none. */
  observe(handler: string, method: string, status: number, durationMs: number): void {
    this.#requests.add({handler, method, status: `${Math.floor(status / 100)}xx`});
    this.#durations.observe({handler, method}, durationMs / 1000);
  }
}
