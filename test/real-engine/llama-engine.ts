import {
  getLlama,
  type Llama,
  type LlamaContextSequence,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import {badRequest} from './api-error.ts';
import {renderChatPrompt} from './chat-prompt.ts';
import type {PromptInput, Sampling} from './completion-request.ts';
import {EngineMetrics} from './metrics.ts';
import {QueueFullError, Slots} from './slots.ts';
import {TextStream} from './text-stream.ts';

export {QueueFullError};
export type FinishReason = 'stop' | 'length';

export interface LlamaEngineOptions {
  readonly modelPath: string;
  readonly modelName: string;
  readonly contextTokens: number;
  readonly slots: number;
  readonly queueLimit: number | null;
  readonly samplingSeed: number;
}

export interface GenerationRequest {
  readonly promptTokens: readonly Token[];
  readonly maxTokens: number;
  readonly sampling: Sampling;
  readonly stops: readonly string[];
  readonly ignoreEnd: boolean;
}

/** One evaluation of the model = one token. Counts are totals so far, read from llama.cpp's sequence. */
export interface GenerationStep {
  readonly text: string;
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly finishReason: FinishReason | null;
  readonly stopReason: string | null;
}

const LONG_CONTEXT_TOKENS = 16_384;

/** llama.cpp with one CPU thread and a few parallel sequences over one model; waiting requests queue in order. */
export class LlamaEngine {
  readonly contextTokens: number;
  readonly release: string;
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #sequences: readonly LlamaContextSequence[];
  readonly #slots: Slots<LlamaContextSequence>;
  readonly #metrics: EngineMetrics;
  readonly #clearing = new Set<Promise<void>>();
  #nextSeed: number;

  static async load(options: LlamaEngineOptions): Promise<LlamaEngine> {
    // Only the binary that came with the npm package: never a download, never a compiler.
    const llama = await getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      maxThreads: 1,
      logLevel: LlamaLogLevel.error,
    });
    // Without mmap the file is not needed once the model is loaded.
    const model = await llama.loadModel({modelPath: options.modelPath, gpuLayers: 0, useMmap: false});
    const context = await model.createContext({
      sequences: options.slots,
      contextSize: options.contextTokens,
      threads: 1,
      // Slower here (heads of 16 are not its case) but its work buffers stay small however long the context is.
      flashAttention: options.contextTokens > LONG_CONTEXT_TOKENS,
      failedCreationRemedy: false,
    });
    const sequences = Array.from({length: options.slots}, () => context.getSequence());
    return new LlamaEngine(options, llama, model, sequences);
  }

  private constructor(
    options: LlamaEngineOptions,
    llama: Llama,
    model: LlamaModel,
    sequences: readonly LlamaContextSequence[],
  ) {
    this.contextTokens = options.contextTokens;
    this.release = llama.llamaCppRelease.release;
    this.#llama = llama;
    this.#model = model;
    this.#sequences = sequences;
    this.#slots = new Slots(sequences, options.queueLimit);
    this.#metrics = new EngineMetrics(options.modelName);
    this.#nextSeed = options.samplingSeed;
  }

  /** @throws ApiError 400 for token ids the vocabulary does not have. */
  tokenize(prompt: PromptInput): Token[] {
    const {bos, bosString, eosString, shouldPrependBosToken} = this.#model.tokens;
    switch (prompt.kind) {
      case 'messages': {
        const special = {begin: bosString ?? '', end: eosString ?? ''};
        return this.#model.tokenize(renderChatPrompt(this.#chatTemplate(), prompt.messages, special), true);
      }
      case 'text': {
        const tokens = this.#model.tokenize(prompt.text, true);
        return shouldPrependBosToken && bos !== null ? [bos, ...tokens] : tokens;
      }
      case 'tokens': {
        const known = new Set<number>(this.#model.iterateAllTokens());
        if (prompt.tokens.every(id => known.has(id))) return prompt.tokens.map(id => id as Token);
        throw badRequest('prompt', `token ids below ${known.size} were expected`);
      }
    }
  }

  /** @throws QueueFullError when no slot is free and the queue is at its limit. */
  assertRoom(): void {
    this.#slots.assertRoom();
  }

  /**
   * Waits for a slot, then yields one step per token. Ending the iteration early or aborting the signal frees the slot
   * after the evaluation under way, within about a millisecond.
   */
  async *generate(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<GenerationStep, void, undefined> {
    const sequence = await this.#slots.acquire(signal);
    try {
      yield* this.#run(sequence, request, signal);
    } finally {
      await this.#clear(sequence);
      this.#slots.release(sequence);
    }
  }

  renderMetrics(): string {
    const used = this.#sequences.reduce((sum, sequence) => sum + sequence.nextTokenIndex, 0);
    return this.#metrics.render({
      running: this.#slots.running,
      waiting: this.#slots.waiting,
      cacheUsage: used / (this.#sequences.length * this.contextTokens),
    });
  }

  async dispose(): Promise<void> {
    await this.#llama.dispose();
  }

  async *#run(
    sequence: LlamaContextSequence,
    request: GenerationRequest,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationStep, void, undefined> {
    const meterAtStart = sequence.tokenMeter.getState();
    const detokenize = (tokens: readonly Token[], before: readonly Token[]): string =>
      this.#model.detokenize(tokens, false, before);
    const text = new TextStream(detokenize, request.promptTokens, request.stops);
    let promptTokens = 0;
    let generatedTokens = 0;

    await this.#letClearingPass();
    for await (const token of this.#evaluate(sequence, request)) {
      if (generatedTokens === 0) {
        // Before the first new token is fed back, the sequence holds exactly the prompt.
        promptTokens = sequence.nextTokenIndex;
        this.#metrics.countPromptTokens(promptTokens);
      }
      const total = sequence.tokenMeter.diff(meterAtStart).usedOutputTokens;
      this.#metrics.countGenerationTokens(total - generatedTokens);
      generatedTokens = total;
      if (signal.aborted) return;

      const ended = this.#model.isEogToken(token) && !request.ignoreEnd;
      const {text: ready, stoppedBy} = text.push(token);
      const finishReason = ended || stoppedBy !== null ? 'stop' : total >= request.maxTokens ? 'length' : null;
      if (finishReason !== null) this.#metrics.countFinished(finishReason);
      const rest = finishReason !== null && stoppedBy === null ? text.flush() : '';
      yield {text: ready + rest, promptTokens, generatedTokens, finishReason, stopReason: stoppedBy};
      if (finishReason !== null) return;
      await this.#letClearingPass();
    }
  }

  #evaluate(sequence: LlamaContextSequence, {promptTokens, sampling}: GenerationRequest): AsyncGenerator<Token, void> {
    const {temperature, topK, topP, minP, seed} = sampling;
    return sequence.evaluate([...promptTokens], {
      temperature,
      topK,
      topP,
      minP,
      seed: (seed ?? this.#nextSeed++) >>> 0,
      // The end token is generated work: it is counted, as vLLM does.
      yieldEogToken: true,
    });
  }

  /**
   * node-llama-cpp keeps its context lock for as long as some sequence has a next token queued, so with several busy
   * streams a sequence that wants to be emptied would wait until they end. The others therefore pause for it.
   */
  async #clear(sequence: LlamaContextSequence): Promise<void> {
    const clearing = sequence.clearHistory();
    this.#clearing.add(clearing);
    try {
      await clearing;
    } finally {
      this.#clearing.delete(clearing);
    }
  }

  async #letClearingPass(): Promise<void> {
    while (this.#clearing.size > 0) await Promise.allSettled(this.#clearing);
  }

  #chatTemplate(): string {
    const template = this.#model.fileInfo.metadata.tokenizer.chat_template;
    if (template === undefined) throw new Error('the model file has no chat template');
    return template;
  }
}
