import type {ProxyEndpoint} from './endpoints.ts';
import {traitsOf} from './endpoints.ts';
import {batchSizeAt, findMember, readCount} from './json-object.ts';
import type {RequestPlan} from './request-plan.ts';
import {guessedPrompt} from './token-usage.ts';

/** What a request may use, as far as its body tells before the engine has seen it. */
export interface TokenDemand {
  /** A guess: one token per four bytes of body, and no more than the context where that is known. */
  readonly promptTokens: number;
  /** The most that all answers together may have; never less than what comes. */
  readonly completionTokensMax: number;
  /** Whether nothing but the context bounds the answer: most end long before. */
  readonly isOpenEnded: boolean;
}

/** `contextTokens`: the longest that prompt and answer may be together; null where that is not known. */
export interface DemandBounds {
  readonly contextTokens: number | null;
  /** Set by the proxy on requests that name no bound; null when it sets none. */
  readonly maxTokens: number | null;
}

/** Longer than what engines are started with in practice. */
const contextTokensGuess = 131_072;
/** Where text completions stop by themselves. */
const completionsDefault = 16;

export function tokenDemand(
  endpoint: ProxyEndpoint,
  body: Uint8Array,
  plan: RequestPlan,
  bounds: DemandBounds,
): TokenDemand {
  const {bills, maxTokens: boundNames} = traitsOf(endpoint);
  if (bills !== 'tokens') return {promptTokens: 0, completionTokensMax: 0, isOpenEnded: false};
  const context = bounds.contextTokens ?? contextTokensGuess;
  const guess = guessedPrompt(body.length).promptTokens;
  // A batch may be longer than the context, prompt by prompt.
  if (boundNames.length === 0) return {promptTokens: guess, completionTokensMax: 0, isOpenEnded: false};

  const {source} = plan;
  const count = (name: string) => (source.kind === 'json' ? readCount(body, findMember(source.object, name)) : null);
  const prompt = source.kind === 'json' && endpoint === 'completions' ? findMember(source.object, 'prompt') : null;
  const prompts = Math.max(1, (prompt === null ? null : batchSizeAt(body, prompt.valueStart)) ?? 1);
  const choices = Math.max(1, count('n') ?? 1, count('best_of') ?? 1) * prompts;
  const named = boundNames.map(count).find(bound => bound !== null) ?? null;
  const bound = named ?? (endpoint === 'completions' ? completionsDefault : bounds.maxTokens);
  return {
    promptTokens: Math.min(guess, context * prompts),
    completionTokensMax: Math.min(bound ?? context, context) * choices,
    isOpenEnded: bound === null,
  };
}
