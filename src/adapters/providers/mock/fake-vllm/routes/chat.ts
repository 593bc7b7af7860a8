import {answerChat} from '../chat-answer.ts';
import {chatShape} from '../chat-shape.ts';
import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';

/** `POST /v1/chat/completions` */
export async function chatCompletions(server: InferenceServer, exchange: Exchange): Promise<void> {
  answerChat(server, exchange, await exchange.readJsonObject(), {
    idPrefix: 'chatcmpl',
    toolIdPrefix: 'chatcmpl-tool-',
    shape: (head, {logprobs}, toolCalls) => chatShape(head, {logprobs, toolCalls}),
  });
}
