import type {JsonObject} from './body-fields.ts';
import type {ToolCall} from './chat-answer.ts';
import {type AnswerHead, type AnswerShape, channelText, type Usage} from './openai-shapes.ts';
import type {SequenceOutput} from './sequence.ts';

/** The `response` object and its named, numbered events; the last one carries the usage, and no `[DONE]` follows. */
export function responsesShape(head: AnswerHead, body: JsonObject, tool: ToolCall | null): AnswerShape {
  const base = responseBase(head, body);
  const itemId = `${tool === null ? 'msg' : 'fc'}_${head.id.slice('resp_'.length)}`;
  const reasoningId = `rs_${head.id.slice('resp_'.length)}`;
  let sequence = 0;
  let reasoning = '';
  let content = '';
  let status: 'completed' | 'incomplete' = 'completed';
  let isItemOpen = false;
  let reasoningTokens = 0;
  const numbered = (events: object[]): object[] => events.map(event => ({...event, sequence_number: sequence++}));
  const index = (): number => (reasoning === '' ? 0 : 1);
  const part = {type: 'output_text', text: '', annotations: [], logprobs: []};
  const at = (): object => ({item_id: itemId, output_index: index(), content_index: 0});

  const openItem = (): object[] => {
    if (isItemOpen) return [];
    isItemOpen = true;
    const added = {
      type: 'response.output_item.added',
      output_index: index(),
      item: outputItem(itemId, tool, '', 'in_progress'),
    };
    if (tool !== null) return [added];
    return [added, {type: 'response.content_part.added', ...at(), part}];
  };
  return {
    early: () =>
      numbered([
        {type: 'response.created', response: {...base, status: 'in_progress', output: [], usage: null}},
        {type: 'response.in_progress', response: {...base, status: 'in_progress', output: [], usage: null}},
      ]),
    opening: () => [],
    chunks(_choice, output) {
      const thought = channelText(output.segments, 'reasoning');
      const text = channelText(output.segments, tool === null ? 'content' : 'tool');
      if (output.finishReason === 'length') status = 'incomplete';
      const events: object[] = [];
      if (thought !== '') {
        reasoning += thought;
        reasoningTokens += output.tokenIds.length;
        const where = {item_id: reasoningId, output_index: 0, content_index: 0};
        events.push({type: 'response.reasoning_text.delta', ...where, delta: thought});
      }

      if (text !== '') {
        content += text;
        const type = tool === null ? 'response.output_text.delta' : 'response.function_call_arguments.delta';
        events.push(...openItem(), {type, ...at(), delta: text, ...(tool === null && {logprobs: []})});
      }

      return numbered(events);
    },
    usageChunk: () => ({}),
    named: {
      closing(usage) {
        const output = [...reasoningItem(reasoningId, reasoning), outputItem(itemId, tool, content, status)];
        const response = {...base, ...ending(status), output, usage: responsesUsage(usage, reasoningTokens)};
        const doneText = {type: 'response.output_text.done', ...at(), text: content, logprobs: []};
        const doneArguments = {
          type: 'response.function_call_arguments.done',
          ...at(),
          arguments: content,
          name: tool?.name,
        };
        return numbered([
          ...openItem(),
          ...(tool === null
            ? [doneText, {type: 'response.content_part.done', ...at(), part: {...part, text: content}}]
            : [doneArguments]),
          {type: 'response.output_item.done', output_index: index(), item: outputItem(itemId, tool, content, status)},
          {type: `response.${status}`, response},
        ]);
      },
      failure: ({message}) => ({
        type: 'error',
        code: 'server_error',
        message,
        param: null,
        sequence_number: sequence++,
      }),
    },
    whole: ([output], usage) => wholeResponse(base, {itemId, reasoningId, tool, output, usage}),
  };
}

function wholeResponse(
  base: object,
  answer: {
    itemId: string;
    reasoningId: string;
    tool: ToolCall | null;
    output: SequenceOutput | undefined;
    usage: Usage;
  },
): object {
  const {itemId, reasoningId, tool, output, usage} = answer;
  const status = output?.finishReason === 'length' ? 'incomplete' : 'completed';
  const segments = output?.segments ?? [];
  const text = channelText(segments, tool === null ? 'content' : 'tool');
  return {
    ...base,
    ...ending(status),
    output: [...reasoningItem(reasoningId, channelText(segments, 'reasoning')), outputItem(itemId, tool, text, status)],
    usage: responsesUsage(usage, 0),
  };
}

function responseBase(head: AnswerHead, body: JsonObject): JsonObject {
  return {
    id: head.id,
    object: 'response',
    created_at: head.createdAtSeconds,
    model: head.model,
    error: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? null,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: null,
    service_tier: 'auto',
    temperature: body.temperature ?? 1,
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: body.top_p ?? 1,
    truncation: 'disabled',
    user: null,
  };
}

function ending(status: 'completed' | 'incomplete'): object {
  return {status, incomplete_details: status === 'incomplete' ? {reason: 'max_output_tokens'} : null};
}

function reasoningItem(id: string, text: string): object[] {
  if (text === '') return [];
  return [{id, type: 'reasoning', summary: [], content: [{type: 'reasoning_text', text}], encrypted_content: null}];
}

function outputItem(id: string, tool: ToolCall | null, text: string, status: string): object {
  if (tool !== null) {
    return {id, type: 'function_call', call_id: tool.id, name: tool.name, arguments: text, status: 'completed'};
  }

  const content = status === 'in_progress' ? [] : [{type: 'output_text', text, annotations: [], logprobs: null}];
  return {id, type: 'message', role: 'assistant', status, content};
}

function responsesUsage(usage: Usage, reasoningTokens: number): object {
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: {cached_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0},
    output_tokens: usage.completion_tokens,
    output_tokens_details: {reasoning_tokens: reasoningTokens, tool_output_tokens: 0},
    total_tokens: usage.total_tokens,
  };
}
