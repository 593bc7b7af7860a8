import type {AnswerInProgress, AnswerSink} from './answer-sink.ts';
import type {Exchange} from './exchange.ts';
import {type ApiError, errorBody, generationFailed} from './openai-errors.ts';
import {mergeOutputs, usageOf} from './openai-shapes.ts';
import type {SequenceOutput} from './sequence.ts';

/**
 * Server-sent events of one answer. One frame per engine step; while the client's socket is full, steps are merged and go out as one
 * frame when it drains, so a slow reader costs no memory.
 */
export class StreamSender implements AnswerSink {
  readonly #answer: AnswerInProgress;
  readonly #exchange: Exchange;
  readonly #pending: (SequenceOutput | undefined)[] = [];
  readonly #sentTokens: number[];
  #unfinished: number;
  #opened = false;
  #blocked = false;

  constructor(answer: AnswerInProgress, exchange: Exchange) {
    this.#answer = answer;
    this.#exchange = exchange;
    this.#unfinished = answer.plan.sequences.length;
    this.#sentTokens = answer.plan.sequences.map(() => 0);
    const {response} = exchange;
    response.writeHead(200, {'content-type': 'text/event-stream; charset=utf-8'});
    // The headers go out now, the first frame with the first token: in between the stream is silent.
    response.flushHeaders();
    for (const frame of answer.shape.early?.() ?? []) this.#frame(frame);
    response.on('drain', () => {
      this.#blocked = false;
      this.#flush();
    });
  }

  output(choice: number, output: SequenceOutput): void {
    const before = this.#pending[choice];
    this.#pending[choice] = before === undefined ? output : mergeOutputs(before, output);
    this.#flush();
  }

  fail(error: ApiError): void {
    const {named} = this.#answer.shape;
    this.#frame(named === undefined ? errorBody(error) : named.failure(error));
    this.#close('failed');
  }

  #flush(): void {
    const answer = this.#answer;
    if (this.#blocked || answer.record.outcome !== 'open') return;
    if (!this.#opened) {
      this.#opened = true;
      for (const frame of answer.shape.opening(answer.plan.sequences.length)) this.#chunk(frame, 0);
    }
    for (const [choice, output] of this.#pending.entries()) {
      if (output === undefined || this.#blocked) continue;
      this.#pending[choice] = undefined;
      this.#send(choice, output);
      if (this.#strikeFault()) return;
    }
    if (this.#unfinished === 0) this.#finish();
  }

  #send(choice: number, output: SequenceOutput): void {
    const {shape, record} = this.#answer;
    const before = this.#sentTokens[choice] ?? 0;
    const after = before + output.tokenIds.length;
    this.#sentTokens[choice] = after;
    record.sentTokens += output.tokenIds.length;
    const frames = shape.chunks(choice, output);
    // The name of a tool call goes out in a frame of its own, before any token of the call.
    for (const [index, frame] of frames.entries()) this.#chunk(frame, index === frames.length - 1 ? after : before);
    if (output.finishReason !== null) this.#unfinished -= 1;
  }

  #strikeFault(): boolean {
    const {fault, record} = this.#answer;
    if (fault === null || record.sentTokens < fault.afterTokens) return false;
    if (fault.kind === 'stream_error') this.fail(generationFailed());
    else {
      this.#answer.end('failed');
      this.#exchange.response.destroy();
    }
    return true;
  }

  #finish(): void {
    const {plan, shape, record} = this.#answer;
    const {named} = shape;
    if (named !== undefined)
      for (const frame of named.closing(this.#answer.usage(record.sentTokens))) this.#frame(frame);
    else if (plan.includeUsage) this.#frame(shape.usageChunk(this.#answer.usage(record.sentTokens)));
    this.#close('finished');
  }

  #close(outcome: 'finished' | 'failed'): void {
    const {response} = this.#exchange;
    if (this.#answer.shape.named === undefined) response.end('data: [DONE]\n\n');
    else response.end();
    this.#answer.end(outcome);
  }

  /** Continuous usage counts the tokens of the chunk's own choice, not of the whole answer. */
  #chunk(frame: object, completionTokens: number): void {
    const {plan} = this.#answer;
    const isCounted = plan.continuousUsage && this.#answer.shape.named === undefined;
    this.#frame(isCounted ? {...frame, usage: usageOf(plan.promptTokens, completionTokens)} : frame);
  }

  #frame(body: object): void {
    const name = this.#answer.shape.named !== undefined && 'type' in body ? `event: ${String(body.type)}\n` : '';
    if (!this.#exchange.response.write(`${name}data: ${JSON.stringify(body)}\n\n`)) this.#blocked = true;
  }
}
