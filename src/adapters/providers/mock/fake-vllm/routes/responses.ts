import {answerChat} from '../chat-answer.ts';
import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';
import {ApiError} from '../openai-errors.ts';
import {chatOfResponses} from '../responses-body.ts';
import {responsesShape} from '../responses-shape.ts';

/** `POST /v1/responses` */
export async function responses(server: InferenceServer, exchange: Exchange): Promise<void> {
  const body = await exchange.readJsonObject();
  answerChat(server, exchange, chatOfResponses(body), {
    idPrefix: 'resp',
    toolIdPrefix: 'call_',
    shape: (head, _request, [tool]) => responsesShape(head, body, tool ?? null),
  });
}

/** `GET /v1/responses/{id}` and its `/cancel`: nothing is kept unless `VLLM_ENABLE_RESPONSES_API_STORE` is set. */
export function storedResponse(_server: InferenceServer, exchange: Exchange): void {
  const id = exchange.path.split('/')[3] ?? '';
  throw new ApiError(404, 'invalid_request_error', `Response with id '${id}' not found.`);
}
