import type {ToolCall} from './chat-answer.ts';
import {type AnswerHead, type AnswerShape, channelText, type Usage} from './openai-shapes.ts';
import type {SequenceOutput} from './sequence.ts';
import type {Channel} from './token-source.ts';

const blockType: Record<Channel, 'thinking' | 'text' | 'tool_use'> = {
  reasoning: 'thinking',
  content: 'text',
  tool: 'tool_use',
};

/** Anthropic's message and its named events, as vLLM makes them of a chat: one choice, no `[DONE]`. */
export function messagesShape(head: AnswerHead, promptTokens: number, tool: ToolCall | null): AnswerShape {
  const message = {id: head.id, type: 'message', role: 'assistant', content: [], model: head.model};
  let open: {type: string; index: number} | null = null;
  let blocks = 0;
  let stopReason = 'end_turn';
  const close = (): object[] => {
    if (open === null) return [];
    const {type, index} = open;
    open = null;
    const signature = {type: 'content_block_delta', index, delta: {type: 'signature_delta', signature: 'c2ln'}};
    return [...(type === 'thinking' ? [signature] : []), {type: 'content_block_stop', index}];
  };
  const delta = (channel: Channel, text: string): object[] => {
    const type = blockType[channel];
    const frames: object[] = [];
    if (open?.type !== type) {
      frames.push(...close());
      open = {type, index: blocks++};
      frames.push({type: 'content_block_start', index: open.index, content_block: emptyBlock(type, tool)});
    }

    return [...frames, {type: 'content_block_delta', index: open.index, delta: deltaOf(type, text)}];
  };
  return {
    opening: () => [
      {
        type: 'message_start',
        message: {
          ...message,
          stop_reason: null,
          stop_sequence: null,
          usage: {input_tokens: promptTokens, output_tokens: 0},
        },
      },
    ],
    chunks(_choice, {segments, finishReason}) {
      if (finishReason !== null) stopReason = stopReasonOf(finishReason, tool);
      return segments.flatMap(({channel, text}) => delta(channel, text));
    },
    usageChunk: () => ({}),
    named: {
      closing: usage => [
        ...close(),
        {type: 'message_delta', delta: {stop_reason: stopReason}, usage: messagesUsage(usage)},
        {type: 'message_stop'},
      ],
      failure: ({message: text}) => ({type: 'error', error: {type: 'internal_error', message: text}}),
    },
    whole: ([output], usage) => ({
      ...message,
      content: output === undefined ? [] : wholeBlocks(output, tool),
      stop_reason: stopReasonOf(output?.finishReason ?? 'stop', tool),
      usage: messagesUsage(usage),
    }),
  };
}

function messagesUsage({prompt_tokens, completion_tokens}: Usage): object {
  return {input_tokens: prompt_tokens, output_tokens: completion_tokens};
}

function stopReasonOf(reason: 'stop' | 'length', tool: ToolCall | null): string {
  if (reason === 'length') return 'max_tokens';
  return tool === null ? 'end_turn' : 'tool_use';
}

function emptyBlock(type: string, tool: ToolCall | null): object {
  if (type === 'tool_use') return {type, id: tool?.id ?? '', name: tool?.name ?? '', input: {}};
  return type === 'thinking' ? {type, thinking: ''} : {type, text: ''};
}

function deltaOf(type: string, text: string): object {
  if (type === 'tool_use') return {type: 'input_json_delta', partial_json: text};
  return type === 'thinking' ? {type: 'thinking_delta', thinking: text} : {type: 'text_delta', text};
}

function wholeBlocks({segments}: SequenceOutput, tool: ToolCall | null): object[] {
  const thinking = channelText(segments, 'reasoning');
  const text = channelText(segments, 'content');
  const input = channelText(segments, 'tool');
  return [
    ...(thinking === '' ? [] : [{type: 'thinking', thinking, signature: 'c2ln'}]),
    ...(text === '' ? [] : [{type: 'text', text}]),
    ...(tool === null ? [] : [{type: 'tool_use', id: tool.id, name: tool.name, input: JSON.parse(input)}]),
  ];
}
