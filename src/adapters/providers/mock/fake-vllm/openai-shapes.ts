import type {ApiError} from './openai-errors.ts';
import type {OutputSegment, SequenceOutput} from './sequence.ts';
import type {Channel} from './token-source.ts';
import {tokenBytes, tokenText} from './tokenizer.ts';

export interface Usage {
  prompt_tokens: number;
  total_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: {cached_tokens: number} | null;
}

/** What stands at the top of every answer and every chunk of it. */
export interface AnswerHead {
  id: string;
  createdAtSeconds: number;
  model: string;
  /** `vllm-VERSION-tpN-HASH`. */
  fingerprint: string;
}

/** How chat and text completions differ in what they send. Chunks leave out `usage`; the sender adds it where due. */
export interface AnswerShape {
  /** Frames that go out with the headers, before the engine has made anything. */
  early?(): object[];
  /** Frames that come with the first token, before it. */
  opening(choices: number): object[];
  /** Frames for one step of one choice; more than one when a tool call begins. */
  chunks(choice: number, output: SequenceOutput): object[];
  usageChunk(usage: Usage): object;
  whole(choices: readonly SequenceOutput[], usage: Usage): object;
  /** For streams of named events, whose frames have a `type`: no usage chunk, no `[DONE]`, an end of their own. */
  named?: {closing(usage: Usage): object[]; failure(error: ApiError): object};
}

export function usageOf(promptTokens: number, completionTokens: number): Usage {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
  };
}

export function channelText(segments: readonly OutputSegment[], channel: Channel): string {
  return segments
    .filter(segment => segment.channel === channel)
    .map(({text}) => text)
    .join('');
}

/** Two steps of one choice as one, for a client that reads slower than the engine writes. */
export function mergeOutputs(first: SequenceOutput, second: SequenceOutput): SequenceOutput {
  return {
    tokenIds: [...first.tokenIds, ...second.tokenIds],
    segments: [...first.segments, ...second.segments],
    finishReason: second.finishReason,
    stopReason: second.stopReason,
  };
}

/** Made up, but stable: a token always has the same probability, and alternatives are less likely. */
function logprobOf(tokenId: number, rank = 0): number {
  return -(0.01 + (tokenId % 17) * 0.03) - rank * 1.25;
}

export function chatLogprobs(tokenIds: readonly number[], top: number): object {
  const entry = (id: number, rank: number) => ({
    token: tokenText(id),
    logprob: logprobOf(id, rank),
    bytes: [...tokenBytes(id)],
  });
  return {
    content: tokenIds.map(id => ({
      ...entry(id, 0),
      top_logprobs: Array.from({length: top}, (_, rank) => entry(id + rank, rank)),
    })),
  };
}

export function completionLogprobs(tokenIds: readonly number[], top: number, startOffset: number): object {
  const texts = tokenIds.map(tokenText);
  let offset = startOffset;
  return {
    text_offset: texts.map(text => {
      offset += text.length;
      return offset - text.length;
    }),
    token_logprobs: tokenIds.map(id => logprobOf(id)),
    tokens: texts,
    top_logprobs: tokenIds.map(id =>
      Object.fromEntries(
        Array.from({length: Math.max(1, top)}, (_, rank) => [tokenText(id + rank), logprobOf(id, rank)]),
      ),
    ),
  };
}
