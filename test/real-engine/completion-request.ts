import {badRequest} from './api-error.ts';
import {type ChatMessage, isRecord, parseMessages} from './chat-prompt.ts';

/** What both completion routes understand; fields not listed are ignored, as vLLM does. */
export interface CompletionRequest {
  readonly prompt: PromptInput;
  /** null = the first served name. */
  readonly model: string | null;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
  /** null = the rest of the context. */
  readonly maxTokens: number | null;
  readonly sampling: Sampling;
  readonly stops: readonly string[];
  readonly ignoreEnd: boolean;
}

export type PromptInput =
  | {readonly kind: 'messages'; readonly messages: readonly ChatMessage[]}
  | {readonly kind: 'text'; readonly text: string}
  | {readonly kind: 'tokens'; readonly tokens: readonly number[]};

export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  /** 0 = all tokens. */
  readonly topK: number;
  readonly minP: number;
  /** null = the server draws one. */
  readonly seed: number | null;
}

/** @throws ApiError 400 naming the first field that is not what it should be. */
export function parseCompletionRequest(body: unknown, kind: 'chat' | 'text'): CompletionRequest {
  if (!isRecord(body)) throw badRequest('body', 'a JSON object was expected');
  const streamOptions = body.stream_options ?? {};
  if (!isRecord(streamOptions)) throw badRequest('stream_options', 'an object was expected');
  if ((body.n ?? 1) !== 1) throw badRequest('n', 'only 1 is supported');
  const maxTokensField = 'max_completion_tokens' in body ? 'max_completion_tokens' : 'max_tokens';
  const includeUsage = flag(streamOptions, 'include_usage');

  return {
    prompt: kind === 'chat' ? {kind: 'messages', messages: parseMessages(body.messages)} : parsePrompt(body.prompt),
    model: optionalString(body, 'model'),
    stream: flag(body, 'stream'),
    includeUsage,
    continuousUsage: includeUsage && flag(streamOptions, 'continuous_usage_stats'),
    maxTokens: optionalNumber(body, maxTokensField, 1, Number.MAX_SAFE_INTEGER, Number.isInteger),
    sampling: {
      temperature: optionalNumber(body, 'temperature', 0, 2) ?? 1,
      topP: optionalNumber(body, 'top_p', 0, 1) ?? 1,
      topK: Math.max(0, optionalNumber(body, 'top_k', -1, 1_000_000, Number.isInteger) ?? 0),
      minP: optionalNumber(body, 'min_p', 0, 1) ?? 0,
      seed: optionalNumber(body, 'seed', -2_147_483_648, 4_294_967_295, Number.isInteger),
    },
    stops: parseStops(body.stop),
    ignoreEnd: flag(body, 'ignore_eos'),
  };
}

/**
 * Anthropic's names for the same: `system` is a turn of its own there, and stops are sequences.
 *
 * @throws ApiError 400 as above.
 */
export function parseMessagesRequest(body: unknown): CompletionRequest {
  if (!isRecord(body)) throw badRequest('body', 'a JSON object was expected');
  const {system, messages, stop_sequences: stop, ...rest} = body;
  const turns =
    Array.isArray(messages) && system !== undefined ? [{role: 'system', content: system}, ...messages] : messages;
  return parseCompletionRequest({...rest, messages: turns, stop}, 'chat');
}

/** Text, one text in a list, or token ids. */
export function parsePrompt(value: unknown): PromptInput {
  if (typeof value === 'string') return {kind: 'text', text: value};
  if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'string') return {kind: 'text', text: value[0]};
  if (Array.isArray(value) && value.length > 0 && value.every(isTokenId)) return {kind: 'tokens', tokens: value};
  throw badRequest('prompt', 'a string or a list of token ids was expected (one prompt per request)');
}

function isTokenId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function parseStops(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const stops: unknown[] = Array.isArray(value) ? value : [value];
  return stops.map(stop => {
    if (typeof stop === 'string' && stop !== '') return stop;
    throw badRequest('stop', 'a non-empty string or a list of them was expected');
  });
}

function flag(body: Record<string, unknown>, param: string): boolean {
  const value = body[param] ?? false;
  if (typeof value !== 'boolean') throw badRequest(param, 'true or false was expected');
  return value;
}

function optionalString(body: Record<string, unknown>, param: string): string | null {
  const value = body[param] ?? null;
  if (value !== null && typeof value !== 'string') throw badRequest(param, 'a string was expected');
  return value;
}

function optionalNumber(
  body: Record<string, unknown>,
  param: string,
  min: number,
  max: number,
  accepts: (value: number) => boolean = Number.isFinite,
): number | null {
  const value = body[param] ?? null;
  if (value === null) return null;
  if (typeof value === 'number' && accepts(value) && value >= min && value <= max) return value;
  throw badRequest(param, `a number from ${min} to ${max} was expected`);
}
