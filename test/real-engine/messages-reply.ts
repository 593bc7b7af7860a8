import {ApiError, engineFailed} from './api-error.ts';
import type {ReplyIdentity} from './completion-reply.ts';
import {type AnswerForm, writeEvent} from './completion-route.ts';
import type {GenerationStep} from './llama-engine.ts';

interface NamedEvent {
  readonly type: string;
}

/** The form of Anthropic's `/v1/messages`, as vLLM gives it: one block of text; named events, and no `[DONE]`. */
export const messagesForm: AnswerForm = {
  idPrefix: 'msg_',
  whole: (identity, text, last) => ({
    ...message(identity),
    content: [{type: 'text', text}],
    ...ending(last),
    usage: usageOf(last),
  }),
  async stream(steps, {identity, response, signal}) {
    const send = async (...events: readonly NamedEvent[]): Promise<void> => {
      for (const event of events) await writeEvent(response, JSON.stringify(event), signal, event.type);
    };

    try {
      let last: GenerationStep | null = null;
      for await (const step of steps) {
        if (last === null) await send(...openingEvents(identity, step));
        await send(event('content_block_delta', {index: 0, delta: {type: 'text_delta', text: step.text}}));
        last = step;
      }
      if (last !== null) await send(...closingEvents(last));
    } catch (error) {
      if (signal.aborted) throw error;
      const {message: text} = error instanceof ApiError ? error : engineFailed(error);
      await send(event('error', {error: {type: 'internal_error', message: text}}));
    }
  },
};

function openingEvents(identity: ReplyIdentity, {promptTokens}: GenerationStep): readonly NamedEvent[] {
  const usage = {input_tokens: promptTokens, output_tokens: 0};
  const opened = {...message(identity), content: [], stop_reason: null, stop_sequence: null, usage};
  return [
    event('message_start', {message: opened}),
    event('content_block_start', {index: 0, content_block: {type: 'text', text: ''}}),
  ];
}

function closingEvents(last: GenerationStep): readonly NamedEvent[] {
  return [
    event('content_block_stop', {index: 0}),
    event('message_delta', {delta: ending(last), usage: usageOf(last)}),
    event('message_stop', {}),
  ];
}

function event(type: string, fields: object): NamedEvent {
  return {type, ...fields};
}

function message({id, model}: ReplyIdentity): object {
  return {id, type: 'message', role: 'assistant', model};
}

function ending({finishReason, stopReason}: GenerationStep): object {
  if (finishReason === 'length') return {stop_reason: 'max_tokens', stop_sequence: null};
  return stopReason === null
    ? {stop_reason: 'end_turn', stop_sequence: null}
    : {stop_reason: 'stop_sequence', stop_sequence: stopReason};
}

function usageOf({promptTokens, generatedTokens}: GenerationStep): object {
  return {input_tokens: promptTokens, output_tokens: generatedTokens};
}
