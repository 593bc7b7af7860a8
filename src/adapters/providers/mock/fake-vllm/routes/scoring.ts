import {Answer} from '../answer.ts';
import {answerHead, checkModel} from '../answer-head.ts';
import {BodyFields, isJsonObject} from '../body-fields.ts';
import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';
import {badRequest} from '../openai-errors.ts';
import type {AnswerHead, Usage} from '../openai-shapes.ts';
import {pooledSequence, similarity} from '../pooling.ts';
import {encode} from '../tokenizer.ts';

/** `POST /score`, `POST /v1/score`: `text_1` (one or many) against `text_2`, pair by pair or one against all. */
export async function score(server: InferenceServer, exchange: Exchange): Promise<void> {
  const fields = new BodyFields(await exchange.readJsonObject());
  const first = texts(fields, ['text_1', 'queries', 'data_1']);
  const second = texts(fields, ['text_2', 'documents', 'items', 'data_2']);
  fields.check();
  if (first.length !== 1 && first.length !== second.length)
    throw badRequest('Input lengths must be either 1:1, 1:N or N:N');
  const pairs = second.map((text, index): Pair => [first.length === 1 ? (first[0] ?? '') : (first[index] ?? ''), text]);
  scorePairs(server, exchange, {model: fields.text('model'), pairs}, (head, scores, usage) => ({
    id: head.id,
    object: 'list',
    created: head.createdAtSeconds,
    model: head.model,
    data: scores.map((value, index) => ({index, object: 'score', score: value})),
    usage: {...usage, prompt_tokens_details: null},
  }));
}

/** `POST /rerank`, `/v1/rerank`, `/v2/rerank`: documents in the order of their relevance to the query. */
export async function rerank(server: InferenceServer, exchange: Exchange): Promise<void> {
  const fields = new BodyFields(await exchange.readJsonObject());
  const query = texts(fields, ['query'])[0] ?? '';
  const documents = texts(fields, ['documents']);
  const top = fields.integer('top_n') ?? 0;
  fields.check();
  const pairs = documents.map((text): Pair => [query, text]);
  scorePairs(server, exchange, {model: fields.text('model'), pairs}, (head, scores, usage) => ({
    id: head.id,
    model: head.model,
    usage: {prompt_tokens: usage.prompt_tokens, total_tokens: usage.total_tokens},
    results: scores
      .map((value, index) => ({index, document: {text: documents[index]}, relevance_score: value}))
      .sort((a, b) => b.relevance_score - a.relevance_score)
      .slice(0, top > 0 ? top : documents.length),
  }));
}

type Pair = readonly [string, string];

/** A cross-encoder reads each pair as one prompt. */
function scorePairs(
  server: InferenceServer,
  exchange: Exchange,
  {model, pairs}: {model: string | null; pairs: readonly Pair[]},
  whole: (head: AnswerHead, scores: readonly number[], usage: Usage) => object,
): void {
  checkModel(server, model);
  const prompts = pairs.map(([a, b]) => [...encode(a), ...encode(b)]);
  const {maxModelLen} = server.options;
  const longest = Math.max(0, ...prompts.map(({length}) => length));
  if (longest > maxModelLen) {
    throw badRequest(
      `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${longest}.`,
    );
  }

  const head = answerHead(server, exchange, exchange.path.endsWith('score') ? 'score' : 'rerank');
  const scores = pairs.map(([a, b]) => similarity(encode(a), encode(b)));
  const promptTokens = prompts.reduce((sum, ids) => sum + ids.length, 0);
  const sequences = prompts.map(pooledSequence);
  const plan = {id: head.id, stream: false, includeUsage: false, continuousUsage: false, promptTokens, sequences};
  Answer.start(server, exchange, plan, {
    opening: () => [],
    chunks: () => [],
    usageChunk: () => ({}),
    whole: (_, usage) => whole(head, scores, usage),
  });
}

/** Under the first of these names that is there: a text, a list of them, or objects with `text`. */
function texts(fields: BodyFields, names: readonly string[]): string[] {
  const name = names.find(candidate => fields.raw(candidate) !== undefined);
  if (name === undefined) {
    fields.problem(names[0] ?? '', 'Field required');
    return [];
  }

  const value = fields.raw(name);
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    const text = isJsonObject(item) ? item.text : item;
    if (typeof text !== 'string') fields.problem(name, 'Input should be a valid string');
    return String(text);
  });
}
