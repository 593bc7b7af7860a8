import {Answer} from '../answer.ts';
import {answerHead, checkModel} from '../answer-head.ts';
import {BodyFields} from '../body-fields.ts';
import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';
import {badRequest} from '../openai-errors.ts';
import type {AnswerShape} from '../openai-shapes.ts';
import {pooledSequence, unitVector} from '../pooling.ts';
import {readPrompts} from '../prompts.ts';

/** `POST /v1/embeddings` */
export async function embeddings(server: InferenceServer, exchange: Exchange): Promise<void> {
  const fields = new BodyFields(await exchange.readJsonObject());
  const model = fields.text('model');
  const inputs = readPrompts(fields, 'input');
  const encoding = fields.text('encoding_format') ?? 'float';
  if (encoding !== 'float' && encoding !== 'base64')
    fields.problem('encoding_format', "Input should be 'float' or 'base64'");
  const dimensions = fields.integer('dimensions');
  fields.check();
  checkModel(server, model);
  const {maxModelLen, embeddingDimensions} = server.options;
  if (dimensions !== null && dimensions !== embeddingDimensions) {
    const text = `Model "${server.modelName}" does not support matryoshka representation, changing output dimensions will lead to poor results.`;
    throw badRequest(text, 'dimensions');
  }
  for (const ids of inputs) {
    if (ids.length <= maxModelLen) continue;
    const text = `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${ids.length} tokens in the input for embedding generation. Please reduce the length of the input.`;
    throw badRequest(text, 'input_tokens');
  }
  const head = answerHead(server, exchange, 'embd');
  const vectors = inputs.map(ids => unitVector(ids, embeddingDimensions));
  const shape: AnswerShape = {
    opening: () => [],
    chunks: () => [],
    usageChunk: () => ({}),
    whole: (_, usage) => ({
      id: head.id,
      object: 'list',
      created: head.createdAtSeconds,
      model: head.model,
      data: vectors.map((vector, index) => ({
        index,
        object: 'embedding',
        embedding: encoding === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector,
      })),
      usage,
    }),
  };
  const sequences = inputs.map(pooledSequence);
  const promptTokens = inputs.reduce((sum, ids) => sum + ids.length, 0);
  const plan = {id: head.id, stream: false, includeUsage: false, continuousUsage: false, promptTokens, sequences};
  Answer.start(server, exchange, plan, shape);
}
