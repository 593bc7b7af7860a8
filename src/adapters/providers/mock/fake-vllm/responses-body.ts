import {isJsonObject, type JsonObject} from './body-fields.ts';

/** A body of `/v1/responses` as the chat that it asks for. */
export function chatOfResponses(body: JsonObject): JsonObject {
  const {model, input, instructions, max_output_tokens, stream, temperature, top_p, seed, text, tools} = body;
  const turns = typeof input === 'string' ? [{role: 'user', content: input}] : input;
  const system = typeof instructions === 'string' ? [{role: 'system', content: instructions}] : [];
  const format = isJsonObject(text) && isJsonObject(text.format) ? text.format : null;
  return {
    model,
    messages: Array.isArray(turns) ? [...system, ...turns.map(chatTurn)] : turns,
    max_tokens: max_output_tokens,
    stream,
    temperature,
    top_p,
    seed,
    tools: Array.isArray(tools) && tools.length > 0 ? tools.map(chatTool) : undefined,
    tool_choice: chatToolChoice(body.tool_choice),
    response_format: format?.type === 'json_schema' ? {type: 'json_schema', json_schema: format} : undefined,
  };
}

/** Messages, and what became of tool calls. */
function chatTurn(item: unknown): unknown {
  if (!isJsonObject(item)) return item;
  if (item.type === 'function_call') return {role: 'assistant', content: null, tool_calls: [item]};
  if (item.type === 'function_call_output') return {role: 'tool', content: String(item.output)};
  return {role: item.role, content: item.content};
}

function chatTool(tool: unknown): unknown {
  if (!isJsonObject(tool)) return tool;
  return {type: 'function', function: {name: tool.name, parameters: tool.parameters}};
}

function chatToolChoice(choice: unknown): unknown {
  return isJsonObject(choice) ? {type: 'function', function: {name: choice.name}} : choice;
}
