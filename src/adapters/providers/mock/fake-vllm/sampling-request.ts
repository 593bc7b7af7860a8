import type {BodyFields} from './body-fields.ts';
import {badRequest} from './openai-errors.ts';

/** The part of a request that chat and text completions share. */
export interface SamplingRequest {
  model: string | null;
  stream: boolean;
  includeUsage: boolean;
  continuousUsage: boolean;
  choices: number;
  maxTokens: number | null;
  minTokens: number;
  stops: string[];
  stopTokenIds: number[];
  includeStop: boolean;
  ignoreEos: boolean;
  seed: number;
  cacheSalt: string;
}

/** vLLM bounds `n` by `VLLM_MAX_N_SEQUENCES`. */
const CHOICES_MAX = 16_384;

/** Reads types; ranges are for `checkRanges`, which comes after all fields were read. */
export function readSampling(fields: BodyFields, maxTokensNames: readonly string[]): SamplingRequest {
  const stream = fields.boolean('stream');
  const streamOptions = fields.object('stream_options');
  if (streamOptions !== null && !stream) {
    fields.problem('stream_options', 'Value error, Stream options can only be defined when `stream=True`.');
  }
  fields.number('temperature');
  fields.number('top_p');
  return {
    model: fields.text('model'),
    stream,
    includeUsage: streamOptions?.include_usage === true,
    continuousUsage: streamOptions?.include_usage === true && streamOptions.continuous_usage_stats === true,
    choices: fields.integer('n') ?? 1,
    maxTokens: maxTokensNames.map(name => fields.integer(name)).find(value => value !== null) ?? null,
    minTokens: fields.integer('min_tokens') ?? 0,
    stops: fields.texts('stop'),
    stopTokenIds: fields.integers('stop_token_ids'),
    includeStop: fields.boolean('include_stop_str_in_output'),
    ignoreEos: fields.boolean('ignore_eos'),
    seed: fields.integer('seed') ?? 0,
    cacheSalt: fields.text('cache_salt') ?? '',
  };
}

export function checkRanges(fields: BodyFields, sampling: SamplingRequest): void {
  const temperature = fields.number('temperature');
  const topP = fields.number('top_p');
  const {choices, maxTokens, minTokens} = sampling;
  if (choices < 1) throw badRequest(`n must be at least 1, got ${choices}.`, 'n');
  if (choices > CHOICES_MAX) throw badRequest(`n must be at most ${CHOICES_MAX}, got ${choices}.`, 'n');
  if (temperature !== null && temperature < 0) {
    throw badRequest(`temperature must be non-negative, got ${temperature}.`, 'temperature');
  }
  if (topP !== null && (topP <= 0 || topP > 1)) throw badRequest(`top_p must be in (0, 1], got ${topP}.`, 'top_p');
  if (maxTokens !== null && maxTokens < 1) {
    throw badRequest(`max_tokens must be at least 1, got ${maxTokens}.`, 'max_tokens');
  }
  if (minTokens < 0) throw badRequest(`min_tokens must be greater than or equal to 0, got ${minTokens}.`, 'min_tokens');
  if (maxTokens !== null && minTokens > maxTokens) {
    throw badRequest(
      `min_tokens must be less than or equal to max_tokens=${maxTokens}, got ${minTokens}.`,
      'min_tokens',
    );
  }
}

/** Tokens that may be generated: what was asked, else the rest of the context. 400 when it does not fit. */
export function outputRoom(promptTokens: number, asked: number | null, maxModelLen: number): number {
  if (asked === null && promptTokens < maxModelLen) return maxModelLen - promptTokens;
  const output = asked ?? 1;
  if (promptTokens + output <= maxModelLen) return output;
  throw badRequest(
    `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${output} output tokens and your prompt ` +
      `contains at least ${promptTokens} input tokens, for a total of at least ${promptTokens + output} tokens. Please reduce the ` +
      'length of the input prompt or the number of requested output tokens.',
    promptTokens >= maxModelLen ? 'input_tokens' : 'max_tokens',
  );
}
