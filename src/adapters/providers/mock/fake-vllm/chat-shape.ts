import {type AnswerHead, type AnswerShape, channelText, chatLogprobs} from './openai-shapes.ts';
import type {SequenceOutput} from './sequence.ts';

interface ChatShapeOptions {
  /** `top_logprobs`, or `null` when log probabilities were not asked for. */
  logprobs: number | null;
  /** The function that the choice has to call, per choice; `null` for a text answer. */
  toolCalls: readonly ({id: string; name: string} | null)[];
}

/** `chat.completion` and `chat.completion.chunk` with vLLM's additional fields. */
export function chatShape(head: AnswerHead, options: ChatShapeOptions): AnswerShape {
  const chunk = (choices: object[], more: object = {}): object => ({
    id: head.id,
    object: 'chat.completion.chunk',
    created: head.createdAtSeconds,
    model: head.model,
    choices,
    ...more,
  });
  const toolStarted = new Set<number>();
  const logprobs = (output: SequenceOutput): object | null =>
    options.logprobs === null || output.tokenIds.length === 0 ? null : chatLogprobs(output.tokenIds, options.logprobs);

  return {
    opening: choices =>
      Array.from({length: choices}, (_, index) =>
        chunk([{index, delta: {role: 'assistant', content: ''}, logprobs: null, finish_reason: null}], {
          prompt_token_ids: null,
        }),
      ),
    chunks(index, output) {
      const frames: object[] = [];
      const tool = options.toolCalls[index] ?? null;
      if (tool !== null && !toolStarted.has(index)) {
        toolStarted.add(index);
        const call = {id: tool.id, type: 'function', index: 0, function: {name: tool.name, arguments: ''}};
        const choice = {index, delta: {tool_calls: [call]}, logprobs: null, finish_reason: null, token_ids: null};
        frames.push(chunk([choice]));
      }
      frames.push(
        chunk([
          {
            index,
            delta: deltaOf(output, tool !== null),
            logprobs: logprobs(output),
            finish_reason: finishReason(output, tool !== null),
            ...(output.finishReason !== null && {stop_reason: output.stopReason}),
            token_ids: null,
          },
        ]),
      );
      return frames;
    },
    usageChunk: usage => chunk([], {usage}),
    whole: (outputs, usage) => ({
      id: head.id,
      object: 'chat.completion',
      created: head.createdAtSeconds,
      model: head.model,
      choices: outputs.map((output, index) => ({
        index,
        message: messageOf(output, options.toolCalls[index] ?? null),
        logprobs: logprobs(output),
        finish_reason: finishReason(output, options.toolCalls[index] != null),
        stop_reason: output.stopReason,
        token_ids: null,
      })),
      service_tier: null,
      system_fingerprint: head.fingerprint,
      usage,
      prompt_logprobs: null,
      prompt_token_ids: null,
      kv_transfer_params: null,
    }),
  };
}

function deltaOf({segments}: SequenceOutput, isToolCall: boolean): object {
  if (isToolCall) return {tool_calls: [{index: 0, function: {arguments: channelText(segments, 'tool')}}]};
  const reasoning = channelText(segments, 'reasoning');
  const content = channelText(segments, 'content');
  if (reasoning === '') return {content};
  return content === '' ? {reasoning} : {reasoning, content};
}

function messageOf({segments}: SequenceOutput, tool: {id: string; name: string} | null): object {
  const reasoning = channelText(segments, 'reasoning');
  const call = tool && {
    id: tool.id,
    type: 'function',
    function: {name: tool.name, arguments: channelText(segments, 'tool')},
  };
  return {
    role: 'assistant',
    content: channelText(segments, 'content'),
    refusal: null,
    annotations: null,
    audio: null,
    function_call: null,
    tool_calls: call === null ? [] : [call],
    reasoning: reasoning === '' ? null : reasoning,
  };
}

function finishReason({finishReason: reason}: SequenceOutput, isToolCall: boolean): string | null {
  return isToolCall && reason === 'stop' ? 'tool_calls' : reason;
}
