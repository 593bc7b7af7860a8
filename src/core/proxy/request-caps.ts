import {InventivError} from '../errors.ts';
import type {ProxyEndpoint} from './endpoints.ts';
import {traitsOf} from './endpoints.ts';
import {batchSizeAt, findMember, readMember} from './json-object.ts';
import type {RequestPlan} from './request-plan.ts';

/** What one request may ask for at most. Null means no cap but the engine's own. */
export interface RequestCaps {
  /** Answers per prompt: `n`, `best_of`. */
  readonly choices: number | null;
  /** Prompts, inputs, documents or pairs in one request. */
  readonly batch: number | null;
  /** Also set where a request names no bound: the engine would go on to the end of its context. */
  readonly maxTokens: number | null;
  readonly topLogprobs: number | null;
  /** Members of `forbiddenMembers` that may be set after all. */
  readonly allowedMembers: readonly string[];
}

/** OpenAI's own bounds where it has them. */
export const defaultCaps: RequestCaps = {
  choices: 128,
  batch: 2048,
  maxTokens: null,
  topLogprobs: 20,
  allowedMembers: [],
};

/** Members that name a batch, in any endpoint. */
const batchMembers = ['prompt', 'input', 'documents', 'text_1', 'text_2', 'queries', 'data_1', 'data_2'];

/** Throws `invalid_input` naming the parameter that asks for more than the caps allow. */
export function checkCaps(endpoint: ProxyEndpoint, body: Uint8Array, plan: RequestPlan, caps: RequestCaps): void {
  const {source} = plan;
  if (source.kind !== 'json') return;
  const isBatch = traitsOf(endpoint).stream === null || endpoint === 'completions';
  for (const member of source.object.members) {
    const {name} = member;
    const cap = capOf(endpoint, name, caps);
    if (cap !== null) {
      const value = member.valueEnd - member.valueStart > numberMaxChars ? null : readMember(body, member);
      if (typeof value === 'number' && value > cap) throw over(name, cap, value);
    } else if (isBatch && caps.batch !== null && batchMembers.includes(name)) {
      const size = batchSizeAt(body, member.valueStart);
      if (size !== null && size > caps.batch) throw over(name, caps.batch, size);
    }
  }
}

/** The bound to set for a request that names none, so that a cap holds for it too; else null. */
export function missingBound(endpoint: ProxyEndpoint, body: Uint8Array, plan: RequestPlan, caps: RequestCaps) {
  const {source} = plan;
  // Text completions stop after 16 tokens by themselves, and Messages has to name its bound.
  const isOpenEnded = endpoint === 'chat/completions' || endpoint === 'responses';
  if (caps.maxTokens === null || source.kind !== 'json' || !isOpenEnded) return null;
  const isNamed = traitsOf(endpoint).maxTokens.some(name => {
    const member = findMember(source.object, name);
    return member !== null && body[member.valueStart] !== letterN;
  });
  return isNamed ? null : caps.maxTokens;
}

const numberMaxChars = 32;
const letterN = 0x6e;

function capOf(endpoint: ProxyEndpoint, name: string, caps: RequestCaps): number | null {
  if (name === 'n' || name === 'best_of') return caps.choices;
  if (name === 'top_logprobs' || name === 'prompt_logprobs') return caps.topLogprobs;
  // A number for text completions, a switch for chats.
  if (name === 'logprobs' && endpoint === 'completions') return caps.topLogprobs;
  return traitsOf(endpoint).maxTokens.includes(name) || name === 'min_tokens' ? caps.maxTokens : null;
}

function over(param: string, cap: number, asked: number): InventivError {
  return new InventivError('invalid_input', `"${param}" may be at most ${cap} with this API key, not ${asked}.`, {
    param,
    detailCode: 'limit_exceeded',
  });
}
