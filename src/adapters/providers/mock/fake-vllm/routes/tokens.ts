import {checkModel} from '../answer-head.ts';
import {BodyFields} from '../body-fields.ts';
import {readChatRequest} from '../chat-request.ts';
import {renderChat} from '../chat-template.ts';
import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';
import {isTokenIds} from '../prompts.ts';
import {decode, encode, tokenText} from '../tokenizer.ts';

/** `POST /tokenize`: of a text, or of messages through the chat template. Open without a key. */
export async function tokenize(server: InferenceServer, exchange: Exchange): Promise<void> {
  const fields = new BodyFields(await exchange.readJsonObject());
  checkModel(server, fields.text('model'));
  const ids = promptIds(fields);
  fields.check();
  exchange.sendJson(200, {
    count: ids.length,
    max_model_len: server.options.maxModelLen,
    tokens: ids,
    token_strs: fields.boolean('return_token_strs') ? ids.map(tokenText) : null,
  });
}

/** `POST /detokenize` */
export async function detokenize(server: InferenceServer, exchange: Exchange): Promise<void> {
  const fields = new BodyFields(await exchange.readJsonObject());
  checkModel(server, fields.text('model'));
  const tokens = fields.list('tokens');
  if (tokens === null) fields.problem('tokens', 'Field required');
  else if (tokens.length > 0 && !isTokenIds(tokens))
    fields.problem('tokens', 'Input should be a list of valid token ids');
  fields.check();
  exchange.sendJson(200, {prompt: isTokenIds(tokens) ? decode(tokens) : ''});
}

function promptIds(fields: BodyFields): number[] {
  if (fields.raw('messages') === undefined) {
    const prompt = fields.text('prompt');
    if (prompt === null) fields.problem('prompt', 'Field required');
    return encode(prompt ?? '');
  }
  const {turns, toolsText} = readChatRequest(fields);
  const addGenerationPrompt =
    fields.raw('add_generation_prompt') === undefined || fields.boolean('add_generation_prompt');
  return renderChat(turns, {toolsText, addGenerationPrompt});
}
