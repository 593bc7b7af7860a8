import type {EngineClock} from './clock.ts';
import type {EngineMetrics} from './engine-metrics.ts';
import {type EngineTiming, TimingModel} from './engine-timing.ts';
import {BLOCK_TOKENS, KvCache} from './kv-cache.ts';
import {Sequence, type SequenceRequest} from './sequence.ts';

export interface EngineOptions {
  maxNumSeqs: number;
  numGpuBlocks: number;
  prefixCaching: boolean;
  seed: number;
  timing: EngineTiming;
}

/**
 * One data-parallel rank: slots, a first-in-first-out queue, KV memory and the step loop.
 *
 * A waiting sequence is admitted when a slot and its KV blocks are free. Its prefill takes `ttftMs` plus its share of the
 * prefill compute, which is served in order. Then every step gives each running sequence its next token(s). When memory runs
 * out, the youngest running sequence is preempted: it loses its blocks, goes to the head of the queue and is computed again.
 */
export class Engine {
  readonly kv: KvCache;
  readonly #options: EngineOptions;
  readonly #clock: EngineClock;
  readonly #metrics: EngineMetrics;
  readonly #timing: TimingModel;
  readonly #waiting: Sequence[] = [];
  readonly #running: Sequence[] = [];
  #nextStepAtMs: number | null = null;
  #cancelTimer: (() => void) | null = null;
  #wedged = false;
  #dead = false;

  constructor(options: EngineOptions, clock: EngineClock, metrics: EngineMetrics) {
    this.#options = options;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#timing = new TimingModel(options.timing, options.maxNumSeqs, options.seed);
    this.kv = new KvCache(options.numGpuBlocks, options.prefixCaching);
    this.#reportGauges();
  }

  get running(): number {
    return this.#running.length;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Prompt tokens of requests whose first token is still to come: what `--max-num-queued-tokens` looks at. */
  get tokensBeforeFirst(): number {
    const before = [...this.#waiting, ...this.#running].filter(sequence => sequence.firstTokenAtMs === null);
    return before.reduce((sum, sequence) => sum + sequence.request.promptIds.length, 0);
  }

  submit(request: SequenceRequest): Sequence {
    const sequence = new Sequence(request, this.#clock.nowMs());
    this.#waiting.push(sequence);
    this.#proceed();
    return sequence;
  }

  /** Frees slot and memory at once. Adds nothing to the success counters, as in vLLM. */
  abort(sequence: Sequence): void {
    if (sequence.isOver) return;
    this.#leave(sequence, 'aborted');
    this.#proceed();
  }

  /** The engine process died: every request fails, nothing moves any more. */
  die(): void {
    this.#dead = true;
    this.#cancelTimer?.();
    for (const sequence of [...this.#running, ...this.#waiting]) {
      this.#leave(sequence, 'failed');
      sequence.request.listener.onFailed();
    }
  }

  /** A wedged engine admits and keeps requests but gives no tokens. */
  setWedged(wedged: boolean): void {
    this.#wedged = wedged;
    this.#proceed();
  }

  setSlowFactor(factor: number): void {
    this.#timing.slowFactor = factor;
  }

  #proceed(): void {
    if (this.#dead) return;
    this.#admit();
    this.#reportGauges();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#wedged) return;
    const dueAtMs = this.#nextDueAtMs();
    if (dueAtMs !== null) this.#cancelTimer = this.#clock.after(dueAtMs - this.#clock.nowMs(), () => this.#tick());
  }

  #admit(): void {
    while (this.#running.length < this.#options.maxNumSeqs) {
      const sequence = this.#waiting[0];
      if (sequence === undefined || !this.#startPrefill(sequence)) return;
      this.#waiting.shift();
      this.#running.push(sequence);
    }
  }

  #startPrefill(sequence: Sequence): boolean {
    const hashes = sequence.contextHashes();
    const hits = this.kv.hitBlocks(hashes, sequence.contextTokens);
    // One token more than the context: the one that the prefill yields needs room too.
    const hold = this.kv.allocate(hashes, hits, Math.ceil((sequence.contextTokens + 1) / BLOCK_TOKENS));
    if (hold === null) return false;
    sequence.hold = hold;
    sequence.state = 'prefill';
    const hitTokens = hits * BLOCK_TOKENS;
    const nowMs = this.#clock.nowMs();
    if (sequence.scheduledAtMs === null) {
      sequence.scheduledAtMs = nowMs;
      sequence.cachedTokens = hitTokens;
      this.#metrics.admitted(sequence);
    }
    for (const hash of hashes.slice(hits)) this.kv.publish(hold, hash);
    sequence.prefillTokens = sequence.contextTokens - hitTokens;
    sequence.prefillDoneAtMs = this.#timing.prefillDoneAtMs(nowMs, sequence.prefillTokens);
    return true;
  }

  #nextDueAtMs(): number | null {
    let dueAtMs = this.#nextStepAtMs;
    for (const {state, prefillDoneAtMs} of this.#running) {
      if (state === 'prefill' && (dueAtMs === null || prefillDoneAtMs < dueAtMs)) dueAtMs = prefillDoneAtMs;
    }
    return dueAtMs;
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    const stepDue = this.#nextStepAtMs !== null && this.#nextStepAtMs <= nowMs;
    const ready = this.#running.filter(
      ({state, prefillDoneAtMs}) =>
        (state === 'prefill' && prefillDoneAtMs <= nowMs) || (state === 'decode' && stepDue),
    );
    let stepTokens = 0;
    for (const sequence of ready) {
      // A sequence before this one may have preempted it, or a listener may have aborted or readmitted some.
      if (sequence.state === 'prefill' && sequence.prefillDoneAtMs <= nowMs)
        stepTokens += this.#finishPrefill(sequence, nowMs);
      else if (sequence.state === 'decode') stepTokens += this.#giveTokens(sequence, nowMs);
    }
    if (stepTokens > 0) this.#metrics.stepDone(stepTokens);
    this.#planStep(nowMs, stepDue);
    this.#proceed();
  }

  #finishPrefill(sequence: Sequence, nowMs: number): number {
    sequence.state = 'decode';
    const computed = sequence.prefillTokens;
    if (sequence.firstTokenAtMs !== null) return computed + this.#giveTokens(sequence, nowMs);
    sequence.firstTokenAtMs = nowMs;
    sequence.lastTokenAtMs = nowMs;
    this.#metrics.prefillDone(sequence);
    if (sequence.request.source !== null) return computed + this.#giveTokens(sequence, nowMs);
    this.#finish(sequence, nowMs);
    sequence.request.listener.onOutput({tokenIds: [], segments: [], finishReason: 'stop', stopReason: null});
    return computed;
  }

  #giveTokens(sequence: Sequence, nowMs: number): number {
    const {tokensPerStep} = this.#options.timing;
    if (!this.#makeRoom(sequence, tokensPerStep)) return 0;
    const isFirst = sequence.generatedIds.length === 0;
    const output = sequence.advance(isFirst ? 1 : tokensPerStep);
    const gapMs = isFirst ? null : nowMs - sequence.lastTokenAtMs;
    this.#metrics.generated(output.tokenIds.length, gapMs);
    sequence.lastTokenAtMs = nowMs;
    if (output.finishReason !== null) this.#finish(sequence, nowMs);
    sequence.request.listener.onOutput(output);
    return output.tokenIds.length;
  }

  /** Room for the next tokens of `sequence`, taken from younger sequences if need be; false if it was preempted itself. */
  #makeRoom(sequence: Sequence, tokens: number): boolean {
    const {hold} = sequence;
    if (hold === null) return false;
    const blocks = Math.ceil((sequence.contextTokens + tokens) / BLOCK_TOKENS);
    while (hold.shared.length + hold.privateBlocks < blocks) {
      if (this.kv.grow(hold)) continue;
      const victim = this.#running.at(-1);
      // Alone and still no room: the last tokens of a full context fit in the blocks that it has.
      if (victim === undefined || (victim === sequence && this.#running.length === 1)) return true;
      this.#preempt(victim);
      if (victim === sequence) return false;
    }
    return true;
  }

  #preempt(victim: Sequence): void {
    this.#releaseMemory(victim);
    this.#running.splice(this.#running.indexOf(victim), 1);
    victim.state = 'waiting';
    victim.preemptions += 1;
    this.#waiting.unshift(victim);
    this.#metrics.preempted();
  }

  #planStep(nowMs: number, stepDone: boolean): void {
    if (!this.#running.some(({state}) => state === 'decode')) this.#nextStepAtMs = null;
    else if (stepDone || this.#nextStepAtMs === null) {
      this.#nextStepAtMs = this.#timing.nextStepAtMs(nowMs, this.#running.length);
    }
  }

  #finish(sequence: Sequence, nowMs: number): void {
    sequence.finishReason ??= 'stop';
    sequence.finishedAtMs = nowMs;
    this.#leave(sequence, 'finished');
    this.#metrics.finished(sequence);
  }

  #leave(sequence: Sequence, state: 'finished' | 'aborted' | 'failed'): void {
    this.#releaseMemory(sequence);
    sequence.state = state;
    for (const list of [this.#running, this.#waiting]) {
      const at = list.indexOf(sequence);
      if (at >= 0) list.splice(at, 1);
    }
  }

  #releaseMemory(sequence: Sequence): void {
    const {hold} = sequence;
    if (hold === null) return;
    if (sequence.state !== 'prefill') {
      for (const hash of sequence.contextHashes()) this.kv.publish(hold, hash);
    }
    this.kv.release(hold);
    sequence.hold = null;
  }

  #reportGauges(): void {
    this.#metrics.gauges({running: this.running, waiting: this.waiting, kvUsage: this.kv.usage});
  }
}
