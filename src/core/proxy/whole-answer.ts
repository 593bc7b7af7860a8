import {findMember, scanJsonDocument} from './json-object.ts';
import {jsonBytes, rewriteMembers} from './json-rewrite.ts';
import type {TokenCounts} from './token-usage.ts';
import {guessedPrompt, readUsage} from './token-usage.ts';

/**
 * What an engine's whole answer costs, and its bytes with the model under the name that the client used (null leaves
 * it). Null when the answer is no JSON object.
 */
export function readWholeAnswer(
  body: Uint8Array,
  request: {modelName: string | null; bodyBytes: number},
): {body: Uint8Array; counts: TokenCounts} | null {
  try {
    const object = scanJsonDocument(body);
    const usage = readUsage(body, findMember(object, 'usage'));
    const renamed = request.modelName !== null && findMember(object, 'model') !== null;
    return {
      body: renamed ? rewriteMembers(body, object, new Map([['model', jsonBytes(request.modelName)]])) : body,
      counts: usage === null ? guessedPrompt(request.bodyBytes) : {...usage, estimated: false},
    };
  } catch {
    return null;
  }
}
