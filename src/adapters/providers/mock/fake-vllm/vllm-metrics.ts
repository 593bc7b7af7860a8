import type {Histogram, Labels, MetricsRegistry, Scalar} from './metrics.ts';

const TTFT_BUCKETS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const ITL_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const LATENCY_BUCKETS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
const ITERATION_BUCKETS = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];
const FINISHED_REASONS = ['stop', 'length', 'abort', 'error', 'repetition'];
const REJECTION_REASONS = ['max_num_queued_reqs', 'max_num_queued_tokens'];

/** The `vllm:` families, shared by all engines of a process. Names, help texts and buckets as in vLLM's loggers.py. */
export class VllmMetrics {
  readonly running: Scalar;
  readonly waiting: Scalar;
  readonly waitingByReason: Scalar;
  readonly kvUsage: Scalar;
  readonly sleepState: Scalar;
  readonly cacheConfig: Scalar;
  readonly preemptions: Scalar;
  readonly promptTokens: Scalar;
  readonly promptTokensCached: Scalar;
  readonly promptTokensBySource: Scalar;
  readonly generationTokens: Scalar;
  readonly prefixQueries: Scalar;
  readonly prefixHits: Scalar;
  readonly success: Scalar;
  readonly rejections: Scalar;
  readonly iterationTokens: Histogram;
  readonly ttft: Histogram;
  readonly interToken: Histogram;
  readonly timePerOutputToken: Histogram;
  readonly e2e: Histogram;
  readonly queueTime: Histogram;
  readonly inferenceTime: Histogram;
  readonly prefillTime: Histogram;
  readonly decodeTime: Histogram;
  readonly requestPromptTokens: Histogram;
  readonly requestGenerationTokens: Histogram;
  readonly paramsMaxTokens: Histogram;

  constructor(registry: MetricsRegistry, maxModelLen: number) {
    const lengths = oneTwoFive(maxModelLen);
    this.running = registry.gauge('vllm:num_requests_running', 'Number of requests in model execution batches.');
    this.waiting = registry.gauge('vllm:num_requests_waiting', 'Number of requests waiting to be processed.');
    this.waitingByReason = registry.gauge(
      'vllm:num_requests_waiting_by_reason',
      'Number of requests waiting to be processed, by reason.',
    );
    this.sleepState = registry.gauge(
      'vllm:engine_sleep_state',
      'Engine sleep state; awake = 0 means engine is sleeping.',
    );
    this.kvUsage = registry.gauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.');
    this.cacheConfig = registry.gauge('vllm:cache_config_info', 'Information of the LLMEngine CacheConfig');
    this.prefixQueries = registry.counter(
      'vllm:prefix_cache_queries_total',
      'Prefix cache queries, in terms of number of queried tokens.',
    );
    this.prefixHits = registry.counter(
      'vllm:prefix_cache_hits_total',
      'Prefix cache hits, in terms of number of cached tokens.',
    );
    this.preemptions = registry.counter(
      'vllm:num_preemptions_total',
      'Cumulative number of preemption from the engine.',
    );
    this.promptTokens = registry.counter('vllm:prompt_tokens_total', 'Number of prefill tokens processed.');
    this.promptTokensBySource = registry.counter(
      'vllm:prompt_tokens_by_source_total',
      'Number of prompt tokens by source.',
    );
    this.promptTokensCached = registry.counter(
      'vllm:prompt_tokens_cached_total',
      'Number of cached prompt tokens (local + external).',
    );
    this.generationTokens = registry.counter('vllm:generation_tokens_total', 'Number of generation tokens processed.');
    this.success = registry.counter('vllm:request_success_total', 'Count of successfully processed requests.');
    this.rejections = registry.counter(
      'vllm:admission_rejections_total',
      'Number of requests rejected by admission control.',
    );
    this.iterationTokens = registry.histogram(
      'vllm:iteration_tokens_total',
      'Histogram of number of tokens per engine_step.',
      ITERATION_BUCKETS,
    );
    this.requestPromptTokens = registry.histogram(
      'vllm:request_prompt_tokens',
      'Number of prefill tokens processed.',
      lengths,
    );
    this.requestGenerationTokens = registry.histogram(
      'vllm:request_generation_tokens',
      'Number of generation tokens processed.',
      lengths,
    );
    this.paramsMaxTokens = registry.histogram(
      'vllm:request_params_max_tokens',
      'Histogram of the max_tokens request parameter.',
      lengths,
    );
    const seconds = (name: string, help: string, buckets: readonly number[]): Histogram =>
      registry.histogram(`vllm:${name}_seconds`, help, buckets);
    this.ttft = seconds('time_to_first_token', 'Histogram of time to first token in seconds.', TTFT_BUCKETS);
    this.interToken = seconds('inter_token_latency', 'Histogram of inter-token latency in seconds.', ITL_BUCKETS);
    this.timePerOutputToken = seconds(
      'request_time_per_output_token',
      'Histogram of time_per_output_token_seconds per request.',
      ITL_BUCKETS,
    );
    this.e2e = seconds('e2e_request_latency', 'Histogram of e2e request latency in seconds.', LATENCY_BUCKETS);
    const phase = (name: string): string => `Histogram of time spent in ${name} phase for request.`;
    this.queueTime = seconds('request_queue_time', phase('WAITING'), LATENCY_BUCKETS);
    this.inferenceTime = seconds('request_inference_time', phase('RUNNING'), LATENCY_BUCKETS);
    this.prefillTime = seconds('request_prefill_time', phase('PREFILL'), LATENCY_BUCKETS);
    this.decodeTime = seconds('request_decode_time', phase('DECODE'), LATENCY_BUCKETS);
  }

  /** All series of one engine, at zero: a scraper must see them before the first request. */
  touch(labels: Labels): void {
    for (const counter of [
      this.prefixQueries,
      this.prefixHits,
      this.preemptions,
      this.promptTokens,
      this.promptTokensCached,
      this.generationTokens,
    ]) {
      counter.add(labels, 0);
    }
    for (const source of ['local_compute', 'local_cache_hit', 'external_kv_transfer']) {
      this.promptTokensBySource.add({...labels, source}, 0);
    }
    for (const reason of FINISHED_REASONS) this.success.add({...labels, finished_reason: reason}, 0);
    for (const reason of REJECTION_REASONS) this.rejections.add({...labels, reason}, 0);
    this.sleepState.set({...labels, sleep_state: 'awake'}, 1);
    for (const state of ['weights_offloaded', 'discard_all']) this.sleepState.set({...labels, sleep_state: state}, 0);
    for (const histogram of this.#histograms()) histogram.touch(labels);
  }

  #histograms(): Histogram[] {
    return [
      ...[this.iterationTokens, this.requestPromptTokens, this.requestGenerationTokens, this.paramsMaxTokens],
      ...[this.ttft, this.interToken, this.timePerOutputToken, this.e2e, this.queueTime],
      ...[this.inferenceTime, this.prefillTime, this.decodeTime],
    ];
  }
}

/** 1, 2, 5, 10, 20, 50 ... up to `max`, as vLLM builds its length buckets. */
export function oneTwoFive(max: number): number[] {
  const buckets: number[] = [];
  for (let power = 1; power <= max; power *= 10) {
    for (const mantissa of [1, 2, 5]) if (mantissa * power <= max) buckets.push(mantissa * power);
  }
  return buckets;
}
