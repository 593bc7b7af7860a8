import {type AnswerHead, type AnswerShape, channelText, completionLogprobs} from './openai-shapes.ts';
import type {SequenceOutput} from './sequence.ts';

interface CompletionShapeOptions {
  /** Number of alternatives, or `null` when log probabilities were not asked for. */
  logprobs: number | null;
  /** Prompt text per choice when `echo` was asked for, else empty. */
  echoes: readonly string[];
}

/** `text_completion`: the same object for the whole answer and for its chunks; no role chunk. */
export function completionShape(head: AnswerHead, options: CompletionShapeOptions): AnswerShape {
  const answer = (choices: object[], more: object = {}): object => ({
    id: head.id,
    object: 'text_completion',
    created: head.createdAtSeconds,
    model: head.model,
    choices,
    ...more,
  });
  const shownCharacters = new Map<number, number>();
  const choice = (index: number, output: SequenceOutput): object => {
    const offset = shownCharacters.get(index) ?? 0;
    const echo = offset === 0 ? (options.echoes[index] ?? '') : '';
    const text = echo + channelText(output.segments, 'reasoning') + channelText(output.segments, 'content');
    shownCharacters.set(index, offset + text.length);
    return {
      index,
      text,
      logprobs:
        options.logprobs === null ? null : completionLogprobs(output.tokenIds, options.logprobs, offset + echo.length),
      finish_reason: output.finishReason,
      stop_reason: output.stopReason,
      prompt_token_ids: null,
      token_ids: null,
    };
  };
  return {
    opening: () => [],
    chunks: (index, output) => [answer([choice(index, output)])],
    usageChunk: usage => answer([], {usage}),
    whole: (outputs, usage) =>
      answer(
        outputs.map((output, index) => ({...choice(index, output), prompt_logprobs: null})),
        {service_tier: null, system_fingerprint: head.fingerprint, usage, kv_transfer_params: null},
      ),
  };
}
