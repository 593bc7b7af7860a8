import type {EndpointTraits} from './endpoints.ts';
import {findMember, scanJsonDocument} from './json-object.ts';
import {jsonBytes, rewriteMembers} from './json-rewrite.ts';
import type {TokenCounts} from './token-usage.ts';
import {guessedPrompt, noTokens, readAudioMs, readUsage} from './token-usage.ts';

export interface WholeAnswer {
  readonly body: Uint8Array;
  readonly counts: TokenCounts;
  /** Length of the audio that was heard, where the endpoint is billed by it. */
  readonly audioMs: number;
}

/**
 * What an engine's whole answer costs, and its bytes with the model under the name that the client used (null leaves
 * it). Null when the answer is no JSON object.
 */
export function readWholeAnswer(
  body: Uint8Array,
  request: {modelName: string | null; bodyBytes: number; bills: EndpointTraits['bills']},
): WholeAnswer | null {
  try {
    const object = scanJsonDocument(body);
    const member = findMember(object, 'usage');
    const usage = readUsage(body, member);
    const renamed = request.modelName !== null && findMember(object, 'model') !== null;
    const uncounted = request.bills === 'tokens' ? guessedPrompt(request.bodyBytes) : noTokens;
    return {
      body: renamed ? rewriteMembers(body, object, new Map([['model', jsonBytes(request.modelName)]])) : body,
      counts: usage === null || request.bills === 'nothing' ? uncounted : {...usage, estimated: false},
      audioMs: request.bills === 'audio' ? (readAudioMs(body, member) ?? 0) : 0,
    };
  } catch {
    return null;
  }
}
