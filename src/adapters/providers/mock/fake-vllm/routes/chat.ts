import {Answer} from '../answer.ts';
import {answerHead, checkModel} from '../answer-head.ts';
import {choiceSource, sequenceRequest} from '../answer-source.ts';
import {BodyFields} from '../body-fields.ts';
import {forcedTool, readChatRequest} from '../chat-request.ts';
import {chatShape} from '../chat-shape.ts';
import {renderChat} from '../chat-template.ts';
import type {Exchange} from '../exchange.ts';
import type {InferenceServer} from '../inference-server.ts';
import {checkRanges, outputRoom} from '../sampling-request.ts';

/** `POST /v1/chat/completions` */
export async function chatCompletions(server: InferenceServer, exchange: Exchange): Promise<void> {
  const fields = new BodyFields(await exchange.readJsonObject());
  const request = readChatRequest(fields);
  const {sampling} = request;
  const {options} = server;
  checkModel(server, sampling.model);
  checkRanges(fields, sampling);
  const tool = forcedTool(request, options.autoToolChoice && options.toolCallParser !== null);
  const promptIds = renderChat(request.turns, {toolsText: request.toolsText, addGenerationPrompt: true});
  const maxTokens = outputRoom(promptIds.length, sampling.maxTokens, options.maxModelLen);
  const head = answerHead(server, exchange, 'chatcmpl');
  const wanted = {
    tool,
    jsonSchema: request.jsonSchema,
    withReasoning: options.reasoningParser !== null && request.thinking,
  };
  const choices = Array.from({length: sampling.choices}, (_, choice) => choice);
  const sequences = choices.map(choice =>
    sequenceRequest(promptIds, choiceSource(options, sampling, promptIds, choice, wanted), sampling, maxTokens),
  );
  const toolCalls = choices.map(() => tool && {id: `chatcmpl-tool-${server.newHexId()}`, name: tool.name});
  Answer.start(
    server,
    exchange,
    {
      id: head.id,
      stream: sampling.stream,
      includeUsage: sampling.includeUsage || options.forceIncludeUsage,
      continuousUsage: sampling.continuousUsage,
      promptTokens: promptIds.length,
      sequences,
    },
    chatShape(head, {logprobs: request.logprobs, toolCalls}),
  );
}
