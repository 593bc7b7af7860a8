import type {FinishReason} from './llama-engine.ts';

export interface EngineGauges {
  readonly running: number;
  readonly waiting: number;
  /** Share of the key-value cache in use, 0 to 1. */
  readonly cacheUsage: number;
}

/** The part of vLLM's metrics that a router and a bill need, under vLLM's names and labels. */
export class EngineMetrics {
  readonly #modelName: string;
  readonly #finished: Record<FinishReason, number> = {stop: 0, length: 0};
  #promptTokens = 0;
  #generationTokens = 0;

  constructor(modelName: string) {
    this.#modelName = modelName;
  }

  countPromptTokens(tokens: number): void {
    this.#promptTokens += tokens;
  }

  countGenerationTokens(tokens: number): void {
    this.#generationTokens += tokens;
  }

  countFinished(reason: FinishReason): void {
    this.#finished[reason]++;
  }

  /** Prometheus text format 0.0.4. */
  render({running, waiting, cacheUsage}: EngineGauges): string {
    return [
      this.#family('vllm:num_requests_running', 'gauge', 'Requests that are being generated.', [['', running]]),
      this.#family('vllm:num_requests_waiting', 'gauge', 'Requests that wait for a slot.', [['', waiting]]),
      this.#family('vllm:kv_cache_usage_perc', 'gauge', 'Used share of the key-value cache.', [['', cacheUsage]]),
      this.#family('vllm:prompt_tokens_total', 'counter', 'Prompt tokens evaluated.', [['', this.#promptTokens]]),
      this.#family('vllm:generation_tokens_total', 'counter', 'Tokens generated.', [['', this.#generationTokens]]),
      this.#family(
        'vllm:request_success_total',
        'counter',
        'Requests that came to their end.',
        Object.entries(this.#finished).map(([reason, count]) => [`finished_reason="${reason}",`, count]),
      ),
    ].join('');
  }

  #family(
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    samples: Array<[labels: string, value: number]>,
  ): string {
    const model = this.#modelName.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
    const lines = samples.map(([labels, value]) => `${name}{engine="0",${labels}model_name="${model}"} ${value}\n`);
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
  }
}
