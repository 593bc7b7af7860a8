import type {Labels} from './metrics.ts';
import type {Sequence} from './sequence.ts';
import type {VllmMetrics} from './vllm-metrics.ts';

type RejectionReason = 'max_num_queued_reqs' | 'max_num_queued_tokens';

/** One place per event of an engine's life where all its series move together. */
export class EngineMetrics {
  readonly #all: VllmMetrics;
  readonly #labels: Labels;

  constructor(all: VllmMetrics, modelName: string, engineIndex: number) {
    this.#all = all;
    this.#labels = {model_name: modelName, engine: String(engineIndex)};
    all.touch(this.#labels);
  }

  gauges(values: {running: number; waiting: number; kvUsage: number}): void {
    this.#all.running.set(this.#labels, values.running);
    this.#all.waiting.set(this.#labels, values.waiting);
    this.#all.waitingByReason.set({...this.#labels, reason: 'capacity'}, values.waiting);
    this.#all.waitingByReason.set({...this.#labels, reason: 'deferred'}, 0);
    this.#all.kvUsage.set(this.#labels, values.kvUsage);
  }

  admitted(sequence: Sequence): void {
    this.#all.prefixQueries.add(this.#labels, sequence.request.promptIds.length);
    this.#all.prefixHits.add(this.#labels, sequence.cachedTokens);
  }

  /** Prompt tokens count when the first token exists, so a request aborted before that moves nothing. */
  prefillDone(sequence: Sequence): void {
    const prompt = sequence.request.promptIds.length;
    this.#all.promptTokens.add(this.#labels, prompt);
    this.#all.promptTokensCached.add(this.#labels, sequence.cachedTokens);
    this.#all.promptTokensBySource.add({...this.#labels, source: 'local_cache_hit'}, sequence.cachedTokens);
    this.#all.promptTokensBySource.add({...this.#labels, source: 'local_compute'}, prompt - sequence.cachedTokens);
    this.#all.ttft.observe(this.#labels, seconds(sequence.arrivedAtMs, sequence.firstTokenAtMs));
  }

  generated(tokens: number, gapMs: number | null): void {
    this.#all.generationTokens.add(this.#labels, tokens);
    if (gapMs !== null) this.#all.interToken.observe(this.#labels, Math.max(0, gapMs) / 1000);
  }

  stepDone(tokens: number): void {
    this.#all.iterationTokens.observe(this.#labels, tokens);
  }

  preempted(): void {
    this.#all.preemptions.add(this.#labels);
  }

  rejected(reason: RejectionReason): void {
    this.#all.rejections.add({...this.#labels, reason});
  }

  finished(sequence: Sequence): void {
    const {arrivedAtMs, scheduledAtMs, firstTokenAtMs, finishedAtMs} = sequence;
    const tokens = sequence.generatedIds.length;
    const decodeSeconds = seconds(firstTokenAtMs, finishedAtMs);
    this.#all.success.add({...this.#labels, finished_reason: sequence.finishReason ?? 'stop'});
    this.#all.e2e.observe(this.#labels, seconds(arrivedAtMs, finishedAtMs));
    this.#all.queueTime.observe(this.#labels, seconds(arrivedAtMs, scheduledAtMs));
    this.#all.prefillTime.observe(this.#labels, seconds(scheduledAtMs, firstTokenAtMs));
    this.#all.inferenceTime.observe(this.#labels, seconds(scheduledAtMs, finishedAtMs));
    this.#all.decodeTime.observe(this.#labels, decodeSeconds);
    this.#all.timePerOutputToken.observe(this.#labels, tokens > 1 ? decodeSeconds / (tokens - 1) : 0);
    this.#all.requestPromptTokens.observe(this.#labels, sequence.request.promptIds.length);
    this.#all.requestGenerationTokens.observe(this.#labels, tokens);
    if (sequence.request.source !== null) this.#all.paramsMaxTokens.observe(this.#labels, sequence.request.maxTokens);
  }
}

function seconds(fromMs: number | null, toMs: number | null): number {
  return fromMs === null || toMs === null ? 0 : Math.max(0, toMs - fromMs) / 1000;
}
