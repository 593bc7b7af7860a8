import type {ProxyEndpoint} from './endpoints.ts';
import {traitsOf} from './endpoints.ts';
import {batchSizeAt, findMember, readCount} from './json-object.ts';
import type {RequestPlan} from './request-plan.ts';
import {guessedPrompt} from './token-usage.ts';

/** What a request may use, as far as its body tells before the engine has seen it. */
export interface TokenDemand {
  /** A guess: one token per four bytes of body, and no more than the context where that is known. */
  readonly promptTokens: number;
  /** The most that the prompt may have, whatever it is written in; what engines add to it included. */
  readonly promptTokensMax: number;
  /** The most that all answers together may have; never less than what comes. */
  readonly completionTokensMax: number;
  /** Whether nothing but the context bounds the answer: most end long before. */
  readonly isOpenEnded: boolean;
  /** How long the audio may be at the lowest rate in use, a byte for a millisecond; 0 without audio. */
  readonly audioMsMax: number;
}

/** `contextTokens`: the longest that prompt and answer may be together; null where that is not known. */
export interface DemandBounds {
  readonly contextTokens: number | null;
  /** Set by the proxy on requests that name no bound; null when it sets none. */
  readonly maxTokens: number | null;
  /** A picture, a film or a sound has as many tokens as its model likes, and few bytes when it is only an address. */
  readonly hasMedia: boolean;
}

/** Longer than what engines are started with in practice. */
const contextTokensGuess = 131_072;
/** A token is at least one byte of what is sent; beside that, templates add what they say of roles and tools. */
const templateTokensMax = 1024;
/** Where text completions stop by themselves. */
const completionsDefault = 16;

export function tokenDemand(
  endpoint: ProxyEndpoint,
  body: Uint8Array,
  plan: RequestPlan,
  bounds: DemandBounds,
): TokenDemand {
  const {bills, maxTokens: boundNames} = traitsOf(endpoint);
  if (bills !== 'tokens') return {...noDemand, audioMsMax: bills === 'audio' ? body.length : 0};
  const context = bounds.contextTokens ?? contextTokensGuess;
  const guess = guessedPrompt(body.length).promptTokens;
  const {source} = plan;
  // A batch may be longer than the context, prompt by prompt.
  if (boundNames.length === 0) {
    const promptTokensMax = (body.length + templateTokensMax) * repetitions(endpoint, body, plan);
    return {...noDemand, promptTokens: guess, promptTokensMax};
  }

  const count = (name: string) => (source.kind === 'json' ? readCount(body, findMember(source.object, name)) : null);
  const prompt = source.kind === 'json' && endpoint === 'completions' ? findMember(source.object, 'prompt') : null;
  const prompts = Math.max(1, (prompt === null ? null : batchSizeAt(body, prompt.valueStart)) ?? 1);
  const choices = Math.max(1, count('n') ?? 1, count('best_of') ?? 1) * prompts;
  const named = boundNames.map(count).find(bound => bound !== null) ?? null;
  const bound = named ?? (endpoint === 'completions' ? completionsDefault : bounds.maxTokens);
  return {
    promptTokens: Math.min(guess, context * prompts),
    promptTokensMax: bounds.hasMedia ? context * prompts : Math.min(body.length + templateTokensMax, context * prompts),
    completionTokensMax: Math.min(bound ?? context, context) * choices,
    isOpenEnded: bound === null,
    audioMsMax: 0,
  };
}

const noDemand: TokenDemand = {
  promptTokens: 0,
  promptTokensMax: 0,
  completionTokensMax: 0,
  isOpenEnded: false,
  audioMsMax: 0,
};

/** Rerankers and scorers read one side again with each text of the other. */
function repetitions(endpoint: ProxyEndpoint, body: Uint8Array, {source}: RequestPlan): number {
  if ((endpoint !== 'rerank' && endpoint !== 'score') || source.kind !== 'json') return 1;
  const sizes = source.object.members.map(({valueStart}) => batchSizeAt(body, valueStart) ?? 1);
  return Math.max(1, ...sizes);
}
