import {implement} from '@orpc/server';
import {streamChat} from '../../app/chat.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {chatContract} from '../contract/chat.ts';

const api = implement(chatContract).$context<ApiContext>().use(checkPermission);

export const chat = {
  stream: api.stream.handler(async function* ({input, context: {tools, caller}, signal}) {
    const {model, messages, maxTokens, temperature} = input;
    const request = {model, messages, maxTokens: maxTokens ?? null, temperature: temperature ?? null};
    yield* streamChat(
      tools,
      {scope: caller.scope, userId: caller.userId, signal: signal ?? new AbortController().signal},
      request,
    );
  }),
};
