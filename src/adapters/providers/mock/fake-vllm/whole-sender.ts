import type {AnswerInProgress, AnswerSink} from './answer-sink.ts';
import type {Exchange} from './exchange.ts';
import type {InferenceServer} from './inference-server.ts';
import {type ApiError, generationFailed} from './openai-errors.ts';
import {mergeOutputs} from './openai-shapes.ts';
import type {SequenceOutput} from './sequence.ts';

/** Collects all choices and answers once. */
export class WholeSender implements AnswerSink {
  readonly #answer: AnswerInProgress;
  readonly #exchange: Exchange;
  readonly #server: InferenceServer;
  readonly #outputs: (SequenceOutput | undefined)[] = [];
  #unfinished: number;

  constructor(answer: AnswerInProgress, exchange: Exchange, server: InferenceServer) {
    this.#answer = answer;
    this.#exchange = exchange;
    this.#server = server;
    this.#unfinished = answer.plan.sequences.length;
  }

  output(choice: number, output: SequenceOutput): void {
    if (this.#answer.record.outcome !== 'open') return;
    const before = this.#outputs[choice];
    this.#outputs[choice] = before === undefined ? output : mergeOutputs(before, output);
    const {fault} = this.#answer;
    if (fault !== null && this.#answer.completionTokens >= fault.afterTokens) {
      if (fault.kind === 'stream_error') this.fail(generationFailed());
      else {
        this.#answer.end('failed');
        this.#exchange.response.destroy();
      }
      return;
    }
    if (output.finishReason !== null) this.#unfinished -= 1;
    if (this.#unfinished === 0) this.#send();
  }

  fail(error: ApiError): void {
    this.#exchange.sendError(error);
    this.#answer.end('failed');
  }

  #send(): void {
    const answer = this.#answer;
    const outputs = this.#outputs.filter(output => output !== undefined);
    const usage = answer.usage(answer.completionTokens);
    answer.record.sentTokens = answer.completionTokens;
    const body = {...answer.shape.whole(outputs, usage), ...answer.timings()};
    this.#exchange.sendJson(200, body, loadHeader(this.#exchange, this.#server));
    answer.end('finished');
  }
}

/** Load feedback in a response header, for clients that ask for it by a request header. */
function loadHeader(exchange: Exchange, server: InferenceServer): Record<string, string> {
  const format = exchange.header('endpoint-load-metrics-format')?.toUpperCase();
  if (format !== 'JSON') return {};
  const usage = server.engines.reduce((sum, {kv}) => sum + kv.usage, 0) / server.engines.length;
  const named = {kv_cache_usage_perc: usage, num_requests_waiting: server.waiting};
  return {'endpoint-load-metrics': `JSON ${JSON.stringify({named_metrics: named})}`};
}
