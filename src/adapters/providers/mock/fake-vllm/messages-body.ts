import {isJsonObject, type JsonObject} from './body-fields.ts';

/** A body of `/v1/messages` as the chat request that vLLM makes of it. */
export function chatOfMessages(body: JsonObject): JsonObject {
  const {model, max_tokens, stop_sequences, stream, system, temperature, top_p, tools, tool_choice} = body;
  const turns = Array.isArray(body.messages) ? body.messages.flatMap(chatTurns) : body.messages;
  const systemTurns = system == null ? [] : [{role: 'system', content: blocksText(system)}];
  return {
    model,
    messages: Array.isArray(turns) ? [...systemTurns, ...turns] : turns,
    max_tokens,
    stop: stop_sequences,
    stream,
    ...(stream === true && {stream_options: {include_usage: true, continuous_usage_stats: true}}),
    temperature,
    top_p,
    tools: Array.isArray(tools) ? tools.map(chatTool) : undefined,
    tool_choice: chatToolChoice(tool_choice),
  };
}

/** A tool's result is a turn of its own in a chat. */
function chatTurns(message: unknown): unknown[] {
  if (!isJsonObject(message) || !Array.isArray(message.content)) return [message];
  const results = message.content
    .filter(isToolResult)
    .map(block => ({role: 'tool', content: blocksText(block.content)}));
  const calls = message.content.filter(isToolUse).map(({id, name, input}) => ({
    id,
    type: 'function',
    function: {name, arguments: JSON.stringify(input)},
  }));
  const content = message.content.filter(block => !isToolResult(block) && !isToolUse(block)).map(chatPart);
  if (content.length === 0 && calls.length === 0) return results;
  return [...results, {role: message.role, content, ...(calls.length > 0 && {tool_calls: calls})}];
}

function chatPart(block: unknown): unknown {
  if (!isJsonObject(block) || block.type !== 'image' || !isJsonObject(block.source)) return block;
  return {type: 'image_url', image_url: {url: block.source.url ?? 'data:'}};
}

function isToolResult(block: unknown): block is JsonObject {
  return isJsonObject(block) && block.type === 'tool_result';
}

function isToolUse(block: unknown): block is JsonObject {
  return isJsonObject(block) && block.type === 'tool_use';
}

function blocksText(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return content.map(block => (isJsonObject(block) && typeof block.text === 'string' ? block.text : '')).join('\n');
}

function chatTool(tool: unknown): unknown {
  if (!isJsonObject(tool)) return tool;
  return {type: 'function', function: {name: tool.name, description: tool.description, parameters: tool.input_schema}};
}

function chatToolChoice(choice: unknown): unknown {
  if (!isJsonObject(choice)) return undefined;
  if (choice.type === 'any') return 'required';
  return choice.type === 'tool' ? {type: 'function', function: {name: choice.name}} : choice.type;
}
