import {Answer} from './answer.ts';
import {type AnswerIdPrefix, answerHead, checkModel} from './answer-head.ts';
import {choiceSource, sequenceRequest} from './answer-source.ts';
import {BodyFields, type JsonObject} from './body-fields.ts';
import {type ChatRequest, forcedTool, readChatRequest} from './chat-request.ts';
import {renderChat} from './chat-template.ts';
import type {Exchange} from './exchange.ts';
import type {InferenceServer} from './inference-server.ts';
import type {AnswerHead, AnswerShape} from './openai-shapes.ts';
import {checkRanges, outputRoom} from './sampling-request.ts';

export interface ToolCall {
  id: string;
  name: string;
}

/** How one of the APIs that are chats underneath shows its answer. */
export interface ChatForm {
  idPrefix: AnswerIdPrefix;
  toolIdPrefix: string;
  shape: (head: AnswerHead, request: ChatRequest, toolCalls: readonly (ToolCall | null)[]) => AnswerShape;
}

/** Runs a chat: from a body in the shape of `/v1/chat/completions` to its answer. */
export function answerChat(server: InferenceServer, exchange: Exchange, body: JsonObject, form: ChatForm): void {
  const fields = new BodyFields(body);
  const request = readChatRequest(fields);
  const {sampling} = request;
  const {options} = server;
  checkModel(server, sampling.model);
  checkRanges(fields, sampling);
  const tool = forcedTool(request, options.autoToolChoice && options.toolCallParser !== null);
  const promptIds = chatPromptIds(request);
  const maxTokens = outputRoom(promptIds.length, sampling.maxTokens, options.maxModelLen);
  const head = answerHead(server, exchange, form.idPrefix);
  const wanted = {
    tool,
    jsonSchema: request.jsonSchema,
    withReasoning: options.reasoningParser !== null && request.thinking,
  };
  const choices = Array.from({length: sampling.choices}, (_, choice) => choice);
  const sequences = choices.map(choice =>
    sequenceRequest(promptIds, choiceSource(options, sampling, promptIds, choice, wanted), sampling, maxTokens),
  );
  const toolCalls = choices.map(() => tool && {id: `${form.toolIdPrefix}${server.newHexId()}`, name: tool.name});
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
    form.shape(head, request, toolCalls),
  );
}

export function chatPromptIds({turns, toolsText}: ChatRequest): number[] {
  return renderChat(turns, {...(toolsText !== undefined && {toolsText}), addGenerationPrompt: true});
}
