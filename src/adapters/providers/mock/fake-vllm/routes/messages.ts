import {checkModel} from '../answer-head.ts';
import {BodyFields} from '../body-fields.ts';
import {answerChat, chatPromptIds} from '../chat-answer.ts';
import {readChatRequest} from '../chat-request.ts';
import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';
import {chatOfMessages} from '../messages-body.ts';
import {messagesShape} from '../messages-shape.ts';

/** `POST /v1/messages` */
export async function messages(server: InferenceServer, exchange: Exchange): Promise<void> {
  exchange.errorShape = 'anthropic';
  const body = await exchange.readJsonObject();
  const fields = new BodyFields(body);
  if (fields.integer('max_tokens') === null && fields.failure() === null)
    fields.problem('max_tokens', 'Field required');
  if (fields.text('model') === null) fields.problem('model', 'Field required');
  fields.check();
  answerChat(server, exchange, chatOfMessages(body), {
    idPrefix: 'chatcmpl',
    toolIdPrefix: 'chatcmpl-tool-',
    shape: (head, request, [tool]) => messagesShape(head, chatPromptIds(request).length, tool ?? null),
  });
}

/** `POST /v1/messages/count_tokens` */
export async function countTokens(server: InferenceServer, exchange: Exchange): Promise<void> {
  exchange.errorShape = 'anthropic';
  const fields = new BodyFields(chatOfMessages(await exchange.readJsonObject()));
  const request = readChatRequest(fields);
  checkModel(server, request.sampling.model);
  exchange.sendJson(200, {input_tokens: chatPromptIds(request).length});
}
