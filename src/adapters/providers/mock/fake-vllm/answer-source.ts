import type {JsonObject} from './body-fields.ts';
import {sampleJson} from './json-sample.ts';
import type {FakeVllmOptions} from './options.ts';
import type {SamplingRequest} from './sampling-request.ts';
import type {Sequence} from './sequence.ts';
import {answerSeed, proseSource, type TokenSource, textSource} from './token-source.ts';

/** A function that the model must call. */
export interface ForcedTool {
  name: string;
  parameters: JsonObject | null;
}

/** What one choice will say: arguments of a forced tool call, a JSON answer, or prose. */
export function choiceSource(
  options: FakeVllmOptions,
  sampling: SamplingRequest,
  promptIds: readonly number[],
  choice: number,
  wanted: {tool?: ForcedTool | null; jsonSchema?: JsonObject | null; withReasoning?: boolean},
): TokenSource {
  const seed = answerSeed(options.seed, promptIds, sampling.seed, choice);
  if (wanted.tool)
    return textSource(JSON.stringify(sampleJson(wanted.tool.parameters ?? {type: 'object'}, seed)), 'tool');
  if (wanted.jsonSchema) return textSource(JSON.stringify(sampleJson(wanted.jsonSchema, seed)), 'content');
  return proseSource({
    seed,
    lengthTokens: options.outputTokens,
    endless: sampling.ignoreEos,
    lengthTokensMin: sampling.minTokens,
    withReasoning: wanted.withReasoning ?? false,
  });
}

/** The engine's view of one choice. */
export function sequenceRequest(
  promptIds: readonly number[],
  source: TokenSource,
  sampling: SamplingRequest,
  maxTokens: number,
): Omit<Sequence['request'], 'listener'> {
  return {
    promptIds,
    source,
    maxTokens,
    minTokens: sampling.minTokens,
    stops: sampling.stops,
    includeStop: sampling.includeStop,
    stopTokenIds: sampling.stopTokenIds,
    cacheSalt: sampling.cacheSalt,
  };
}
