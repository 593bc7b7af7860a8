import type {ForcedTool} from './answer-source.ts';
import {type BodyFields, isJsonObject, type JsonObject} from './body-fields.ts';
import type {ChatTurn} from './chat-template.ts';
import {badRequest} from './openai-errors.ts';
import {readSampling, type SamplingRequest} from './sampling-request.ts';

export interface ChatRequest {
  sampling: SamplingRequest;
  turns: ChatTurn[];
  /** Tool definitions as the template shows them to the model. */
  toolsText: string | undefined;
  tools: ForcedTool[];
  toolChoice: 'none' | 'auto' | 'required' | {name: string};
  jsonSchema: JsonObject | null;
  logprobs: number | null;
  thinking: boolean;
}

/** Parses `/v1/chat/completions`. Throws one 400 that names every field that is wrong. */
export function readChatRequest(fields: BodyFields): ChatRequest {
  const sampling = readSampling(fields, ['max_completion_tokens', 'max_tokens']);
  const messages = fields.list('messages');
  if (messages === null && fields.raw('messages') === undefined) fields.problem('messages', 'Field required');
  const turns = (messages ?? []).map((message, index) => readTurn(fields, message, `messages.${index}`));
  const tools = readTools(fields);
  const logprobs = fields.boolean('logprobs');
  const topLogprobs = fields.integer('top_logprobs') ?? 0;
  const template = fields.object('chat_template_kwargs');
  const request: ChatRequest = {
    sampling,
    turns,
    tools,
    toolsText: tools.length > 0 ? JSON.stringify(fields.raw('tools')) : undefined,
    toolChoice: readToolChoice(fields, tools.length > 0),
    jsonSchema: readJsonSchema(fields.object('response_format')),
    logprobs: logprobs ? topLogprobs : null,
    thinking: template?.enable_thinking !== false,
  };
  fields.check();
  return request;
}

/** The tool that has to be called, if any; 400 for choices that vLLM refuses. */
export function forcedTool(request: ChatRequest, autoToolChoice: boolean): ForcedTool | null {
  const {tools, toolChoice} = request;
  if (toolChoice === 'none' || (toolChoice === 'auto' && tools.length === 0)) return null;
  if (tools.length === 0) throw badRequest('When using `tool_choice`, `tools` must be set.', 'tool_choice');
  if (toolChoice === 'auto') {
    if (autoToolChoice) return null;
    throw badRequest('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set');
  }
  if (toolChoice === 'required') return tools[0] ?? null;
  const named = tools.find(({name}) => name === toolChoice.name);
  if (named) return named;
  throw badRequest('The tool specified in `tool_choice` does not match any of the specified `tools`', 'tool_choice');
}

function readTurn(fields: BodyFields, message: unknown, path: string): ChatTurn {
  if (!isJsonObject(message)) {
    fields.problem(path, 'Input should be a valid dictionary');
    return {role: 'user', text: ''};
  }
  const {role, content, tool_calls: toolCalls} = message;
  if (typeof role !== 'string')
    fields.problem(`${path}.role`, role === undefined ? 'Field required' : 'Input should be a valid string');
  const calls = Array.isArray(toolCalls) ? JSON.stringify(toolCalls) : '';
  return {role: String(role), text: contentText(fields, content, `${path}.content`) + calls};
}

function contentText(fields: BodyFields, content: unknown, path: string): string {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) {
    fields.problem(path, 'Input should be a valid string');
    return '';
  }
  return content
    .map((part: unknown, index) => {
      if (typeof part === 'string') return part;
      if (isJsonObject(part) && typeof part.text === 'string') return part.text;
      const type = isJsonObject(part) ? String(part.type) : '';
      if (/image|audio|video/.test(type)) {
        throw badRequest(`At most 0 ${type.replace(/^input_|_url$/g, '')}(s) may be provided in one prompt.`, path);
      }
      fields.problem(`${path}.${index}`, 'Input should be a valid content part');
      return '';
    })
    .join('\n');
}

function readTools(fields: BodyFields): ForcedTool[] {
  return (fields.list('tools') ?? []).flatMap((tool, index) => {
    const definition = isJsonObject(tool) && isJsonObject(tool.function) ? tool.function : null;
    if (definition === null || typeof definition.name !== 'string') {
      fields.problem(`tools.${index}.function.name`, 'Field required');
      return [];
    }
    return [{name: definition.name, parameters: isJsonObject(definition.parameters) ? definition.parameters : null}];
  });
}

function readToolChoice(fields: BodyFields, hasTools: boolean): ChatRequest['toolChoice'] {
  const choice = fields.raw('tool_choice');
  if (choice === undefined) return hasTools ? 'auto' : 'none';
  if (choice === 'none' || choice === 'auto' || choice === 'required') return choice;
  if (isJsonObject(choice) && isJsonObject(choice.function) && typeof choice.function.name === 'string') {
    return {name: choice.function.name};
  }
  fields.problem('tool_choice', "Input should be 'none', 'auto', 'required' or a named function");
  return 'none';
}

function readJsonSchema(format: JsonObject | null): JsonObject | null {
  if (format?.type === 'json_object') return {type: 'object', properties: {answer: {type: 'string'}}};
  if (format?.type !== 'json_schema') return null;
  const wrapper = format.json_schema;
  return isJsonObject(wrapper) && isJsonObject(wrapper.schema) ? wrapper.schema : {type: 'object'};
}
