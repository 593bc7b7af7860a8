import {Answer} from '../answer.ts';
import {answerHead, checkModel} from '../answer-head.ts';
import {choiceSource, sequenceRequest} from '../answer-source.ts';
import {BodyFields} from '../body-fields.ts';
import {completionShape} from '../completion-shape.ts';
import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';
import {badRequest} from '../openai-errors.ts';
import {readPrompts} from '../prompts.ts';
import {checkRanges, outputRoom, readSampling} from '../sampling-request.ts';
import {decode} from '../tokenizer.ts';

/** What vLLM generates when a text completion does not say `max_tokens`. */
const MAX_TOKENS_DEFAULT = 16;

/** `POST /v1/completions` */
export async function completions(server: InferenceServer, exchange: Exchange): Promise<void> {
  const fields = new BodyFields(await exchange.readJsonObject());
  const sampling = readSampling(fields, ['max_tokens']);
  const prompts = readPrompts(fields, 'prompt');
  const logprobs = fields.integer('logprobs');
  const echo = fields.boolean('echo');
  fields.check();
  const {options} = server;
  checkModel(server, sampling.model);
  checkRanges(fields, sampling);
  if (prompts.some(ids => ids.length === 0)) throw badRequest('The decoder prompt cannot be empty', 'prompt');
  const head = answerHead(server, exchange, 'cmpl');
  const sequences = prompts.flatMap(promptIds => {
    const maxTokens = outputRoom(promptIds.length, sampling.maxTokens ?? MAX_TOKENS_DEFAULT, options.maxModelLen);
    return Array.from({length: sampling.choices}, (_, choice) =>
      sequenceRequest(promptIds, choiceSource(options, sampling, promptIds, choice, {}), sampling, maxTokens),
    );
  });
  Answer.start(
    server,
    exchange,
    {
      id: head.id,
      stream: sampling.stream,
      includeUsage: sampling.includeUsage || options.forceIncludeUsage,
      continuousUsage: sampling.continuousUsage,
      promptTokens: prompts.reduce((sum, ids) => sum + ids.length, 0),
      sequences,
    },
    completionShape(head, {logprobs, echoes: echo ? sequences.map(({promptIds}) => decode(promptIds)) : []}),
  );
}
