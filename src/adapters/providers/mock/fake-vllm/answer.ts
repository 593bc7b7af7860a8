import type {AnswerInProgress, AnswerPlan} from './answer-sink.ts';
import type {Exchange} from './exchange.ts';
import type {MidAnswerFault} from './faults.ts';
import type {InferenceServer} from './inference-server.ts';
import {engineDead} from './openai-errors.ts';
import {type AnswerShape, type Usage, usageOf} from './openai-shapes.ts';
import type {RequestRecord} from './request-ledger.ts';
import type {Sequence, SequenceOutput} from './sequence.ts';
import {StreamSender} from './stream-sender.ts';
import {WholeSender} from './whole-sender.ts';

/**
 * One request on its way through the engine: admission, ledger, client disconnect, faults. The client going away aborts
 * every choice at once, whether the answer is streamed or not.
 */
export class Answer implements AnswerInProgress {
  readonly plan: AnswerPlan;
  readonly shape: AnswerShape;
  readonly record: RequestRecord;
  readonly fault: MidAnswerFault | null;
  readonly #server: InferenceServer;
  readonly #exchange: Exchange;
  readonly #sequences: Sequence[] = [];
  readonly #aborts: (() => void)[] = [];

  /** Throws the `ApiError` of a refused admission, which is recorded too. */
  static start(server: InferenceServer, exchange: Exchange, plan: AnswerPlan, shape: AnswerShape): Answer {
    const answer = new Answer(server, exchange, plan, shape);
    answer.#admit();
    answer.#run();
    return answer;
  }

  private constructor(server: InferenceServer, exchange: Exchange, plan: AnswerPlan, shape: AnswerShape) {
    this.plan = plan;
    this.shape = shape;
    this.#server = server;
    this.#exchange = exchange;
    this.record = server.ledger.open({
      id: plan.id,
      xRequestId: exchange.header('x-request-id'),
      path: exchange.path,
      stream: plan.stream,
      receivedAtMs: Math.round(server.clock.nowMs()),
      promptTokens: plan.promptTokens,
    });
    // An embedding has no middle.
    this.fault = plan.sequences.some(({source}) => source !== null) ? server.faults.takeMidAnswer() : null;
  }

  get completionTokens(): number {
    return this.#sequences.reduce((sum, {generatedIds}) => sum + generatedIds.length, 0);
  }

  /** Usage of the finished answer; `prompt_tokens_details` only where vLLM has it. */
  usage(completionTokens: number): Usage {
    const usage = usageOf(this.plan.promptTokens, completionTokens);
    const cached = this.#sequences[0]?.cachedTokens ?? 0;
    const details = this.#server.options.promptTokensDetails && cached > 0 ? {cached_tokens: cached} : null;
    if (details === null && this.plan.stream) return usage;
    return {...usage, prompt_tokens_details: details};
  }

  /** `--enable-per-request-metrics`: milliseconds of the first choice. */
  timings(): object {
    const sequence = this.#sequences[0];
    if (!this.#server.options.perRequestMetrics || sequence === undefined) return {};
    const {arrivedAtMs, scheduledAtMs, firstTokenAtMs, finishedAtMs, generatedIds} = sequence;
    const firstMs = (firstTokenAtMs ?? arrivedAtMs) - arrivedAtMs;
    const generationMs = (finishedAtMs ?? arrivedAtMs) - (firstTokenAtMs ?? arrivedAtMs);
    const metrics = {
      time_to_first_token_ms: rounded(firstMs),
      generation_time_ms: rounded(generationMs),
      queue_time_ms: rounded((scheduledAtMs ?? arrivedAtMs) - arrivedAtMs),
      mean_itl_ms: rounded(generationMs / Math.max(1, generatedIds.length - 1)),
      tokens_per_second: rounded((generatedIds.length * 1000) / Math.max(1, firstMs + generationMs)),
    };
    return {metrics};
  }

  /** Stops the engine's work for this answer and closes its record. */
  end(outcome: 'finished' | 'aborted' | 'failed'): void {
    this.record.completionTokens = this.completionTokens;
    this.record.cachedTokens = this.#sequences[0]?.cachedTokens ?? 0;
    this.record.status ??= this.#exchange.response.headersSent ? this.#exchange.response.statusCode : null;
    this.#server.ledger.close(this.record, outcome, Math.round(this.#server.clock.nowMs()));
    for (const abort of this.#aborts) abort();
  }

  #admit(): void {
    try {
      this.#server.admit(this.plan.sequences.length);
    } catch (error) {
      this.#server.ledger.close(this.record, 'rejected', Math.round(this.#server.clock.nowMs()));
      throw error;
    }
  }

  #run(): void {
    const {response} = this.#exchange;
    response.once('close', () => {
      if (this.record.outcome !== 'open') return;
      const state = this.#sequences.find(({isOver}) => !isOver)?.state;
      this.record.abortedIn = state === 'waiting' || state === 'prefill' ? state : 'decode';
      this.end('aborted');
    });
    const sink = this.plan.stream
      ? new StreamSender(this, this.#exchange)
      : new WholeSender(this, this.#exchange, this.#server);
    // Told once, though every choice of a dead engine fails.
    const fail = (): void => {
      if (this.record.outcome === 'open') sink.fail(engineDead());
    };
    for (const [choice, request] of this.plan.sequences.entries()) {
      const listener = {onOutput: (output: SequenceOutput) => sink.output(choice, output), onFailed: fail};
      const {sequence, abort} = this.#server.submit({...request, listener});
      this.#sequences.push(sequence);
      this.#aborts.push(abort);
    }
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
