import type {GenerationStep} from './llama-engine.ts';

export interface Usage {
  readonly prompt_tokens: number;
  readonly total_tokens: number;
  readonly completion_tokens: number;
}

export interface ReplyIdentity {
  readonly id: string;
  readonly model: string;
  readonly createdAtS: number;
}

/** The JSON of one reply, in the form of `/v1/chat/completions` or of `/v1/completions`. */
export interface CompletionReply {
  readonly idPrefix: string;
  /** The frame before the first text, if the form has one. */
  opening(identity: ReplyIdentity): object | null;
  frame(identity: ReplyIdentity, step: GenerationStep): object;
  usageFrame(identity: ReplyIdentity, usage: Usage): object;
  whole(identity: ReplyIdentity, text: string, last: GenerationStep): object;
}

export function usageOf({promptTokens, generatedTokens}: GenerationStep): Usage {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + generatedTokens,
    completion_tokens: generatedTokens,
  };
}

export const chatReply: CompletionReply = {
  idPrefix: 'chatcmpl-',
  opening: identity => ({
    ...head(identity, 'chat.completion.chunk'),
    choices: [{index: 0, delta: {role: 'assistant', content: ''}, logprobs: null, finish_reason: null}],
  }),
  frame: (identity, step) => ({
    ...head(identity, 'chat.completion.chunk'),
    choices: [{index: 0, delta: {content: step.text}, logprobs: null, ...ending(step)}],
  }),
  usageFrame: (identity, usage) => ({...head(identity, 'chat.completion.chunk'), choices: [], usage}),
  whole: (identity, text, last) => ({
    ...head(identity, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {role: 'assistant', content: text, refusal: null, tool_calls: [], reasoning: null},
        logprobs: null,
        finish_reason: last.finishReason,
        stop_reason: last.stopReason,
      },
    ],
    usage: {...usageOf(last), prompt_tokens_details: null},
  }),
};

export const textReply: CompletionReply = {
  idPrefix: 'cmpl-',
  opening: () => null,
  frame: (identity, step) => ({
    ...head(identity, 'text_completion'),
    choices: [{index: 0, text: step.text, logprobs: null, ...ending(step)}],
  }),
  usageFrame: (identity, usage) => ({...head(identity, 'text_completion'), choices: [], usage}),
  whole: (identity, text, last) => ({
    ...head(identity, 'text_completion'),
    choices: [{index: 0, text, logprobs: null, finish_reason: last.finishReason, stop_reason: last.stopReason}],
    usage: {...usageOf(last), prompt_tokens_details: null},
  }),
};

function head({id, model, createdAtS}: ReplyIdentity, object: string): object {
  return {id, object, created: createdAtS, model};
}

/** `stop_reason` appears with the finish only. */
function ending({finishReason, stopReason}: GenerationStep): object {
  return finishReason === null ? {finish_reason: null} : {finish_reason: finishReason, stop_reason: stopReason};
}
