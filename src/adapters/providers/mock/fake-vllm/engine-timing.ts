import {type SeededRandom, seededRandom} from './random.ts';

export interface EngineTiming {
  /** Fixed part of the time to the first token. */
  ttftMs: number;
  /** Delay between two tokens of a sequence that runs alone. */
  itlMs: number;
  prefillUsPerToken: number;
  /** Share by which each delay varies, 0..1. */
  jitter: number;
  /** How much slower a step is with every slot taken: 1 means twice as long. */
  loadFactor: number;
  tokensPerStep: number;
}

/** When things are due. The prefill compute is one resource: prompts that arrive together wait for each other. */
export class TimingModel {
  slowFactor = 1;
  readonly #timing: EngineTiming;
  readonly #maxNumSeqs: number;
  readonly #random: SeededRandom;
  #prefillFreeAtMs = 0;

  constructor(timing: EngineTiming, maxNumSeqs: number, seed: number) {
    this.#timing = timing;
    this.#maxNumSeqs = maxNumSeqs;
    this.#random = seededRandom(seed);
  }

  /** The first token of a prompt of which `tokens` are not in the cache. Books the compute. */
  prefillDoneAtMs(nowMs: number, tokens: number): number {
    const computeMs = (tokens * this.#timing.prefillUsPerToken * this.slowFactor) / 1000;
    this.#prefillFreeAtMs = Math.max(nowMs, this.#prefillFreeAtMs) + computeMs;
    return this.#prefillFreeAtMs + this.#vary(this.#timing.ttftMs);
  }

  nextStepAtMs(nowMs: number, running: number): number {
    const load = (running - 1) / this.#maxNumSeqs;
    return nowMs + this.#vary(this.#timing.itlMs * (1 + this.#timing.loadFactor * load));
  }

  #vary(meanMs: number): number {
    return meanMs * this.slowFactor * (1 + this.#timing.jitter * (2 * this.#random.next() - 1));
  }
}
