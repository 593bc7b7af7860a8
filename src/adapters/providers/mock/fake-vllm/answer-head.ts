import {createHash} from 'node:crypto';
import type {Exchange} from './exchange.ts';
import type {InferenceServer} from './inference-server.ts';
import {unknownModel} from './openai-errors.ts';
import type {AnswerHead} from './openai-shapes.ts';

/** What the ids of answers begin with. */
export type AnswerIdPrefix = 'chatcmpl' | 'cmpl' | 'embd' | 'resp' | 'score' | 'rerank' | 'trsc';

/** Id (the caller's `X-Request-Id` if it sent one), time and model of an answer. */
export function answerHead(server: InferenceServer, exchange: Exchange, prefix: AnswerIdPrefix): AnswerHead {
  const {version, tensorParallelSize, model, seed} = server.options;
  const hash = createHash('sha256').update(`${model} ${seed}`).digest('hex').slice(0, 8);
  return {
    id:
      prefix === 'resp'
        ? `resp_${server.newHexId()}`
        : `${prefix}-${exchange.header('x-request-id') ?? server.newHexId()}`,
    createdAtSeconds: Math.floor(server.clock.nowMs() / 1000),
    model: server.modelName,
    fingerprint: `vllm-${version}-tp${tensorParallelSize}-${hash}`,
  };
}

/** A request without a model means the base model; any other name than the served ones is a 404. */
export function checkModel(server: InferenceServer, model: string | null): void {
  if (model !== null && model !== '' && !server.options.servedModelNames.includes(model)) throw unknownModel(model);
}
