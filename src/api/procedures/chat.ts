import {streamChat} from '../../app/chat.ts';
import {api} from '../context.ts';

export const chat = {
  stream: api.chat.stream.handler(async function* ({input, context: {tools, caller}, signal}) {
    const {model, messages, maxTokens, temperature} = input;
    const request = {model, messages, maxTokens: maxTokens ?? null, temperature: temperature ?? null};
    yield* streamChat(
      tools,
      {scope: caller.scope, userId: caller.userId, signal: signal ?? new AbortController().signal},
      request,
    );
  }),
};
