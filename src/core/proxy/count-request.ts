import {concatBytes} from './bytes.ts';
import type {ProxyEndpoint} from './endpoints.ts';
import {findMember} from './json-object.ts';
import {jsonBytes} from './json-rewrite.ts';
import type {RequestPlan} from './request-plan.ts';

/** A question to the engine's tokenizer. The answer has `count`, or `input_tokens` where it is asked as Messages. */
export interface CountRequest {
  readonly path: '/tokenize' | '/v1/messages/count_tokens';
  readonly body: Uint8Array;
}

/** How to have the prompt of a request counted exactly; null where the tokenizer cannot tell (forms, token ids). */
export function countPromptRequest(
  endpoint: ProxyEndpoint,
  body: Uint8Array,
  plan: RequestPlan,
  servedModelName: string,
): CountRequest | null {
  const {source} = plan;
  if (source.kind !== 'json') return null;
  const valueBytes = (name: string): Uint8Array | null => {
    const member = findMember(source.object, name);
    return member === null ? null : body.subarray(member.valueStart, member.valueEnd);
  };
  const copied = (...names: string[]): Members => names.map(name => [name, valueBytes(name)] as const);
  const model = ['model', jsonBytes(servedModelName)] as const;
  if (endpoint === 'chat/completions')
    return ask('/tokenize', [
      model,
      ...copied('messages', 'tools', 'chat_template_kwargs', 'add_generation_prompt', 'continue_final_message'),
    ]);
  if (endpoint === 'messages')
    return ask('/v1/messages/count_tokens', [model, ...copied('messages', 'system', 'tools', 'tool_choice')]);
  if (endpoint === 'responses') {
    const messages = responsesMessages(valueBytes('instructions'), valueBytes('input'));
    return messages === null ? null : ask('/tokenize', [model, ['messages', messages]]);
  }

  const text =
    endpoint === 'completions' ? valueBytes('prompt') : endpoint === 'embeddings' ? valueBytes('input') : null;
  return text?.[0] === quote ? ask('/tokenize', [model, ['prompt', text]]) : null;
}

/** How to have a text counted that was generated; `inside` is the inside of a JSON string. */
export function countTextRequest(inside: Uint8Array, servedModelName: string): CountRequest {
  const text = concatBytes([quoteBytes, inside, quoteBytes]);
  return ask('/tokenize', [
    ['model', jsonBytes(servedModelName)],
    ['prompt', text],
    ['add_special_tokens', jsonBytes(false)],
  ]);
}

type Members = readonly (readonly [string, Uint8Array | null])[];

const quote = 0x22;
const bracket = 0x5b;
const letterN = 0x6e;
const encoder = new TextEncoder();
const quoteBytes = encoder.encode('"');

function ask(path: CountRequest['path'], members: Members): CountRequest {
  const pieces: Uint8Array[] = [];
  for (const [name, value] of members) {
    if (value === null) continue;
    pieces.push(encoder.encode(`${pieces.length === 0 ? '{' : ','}"${name}":`), value);
  }

  return {path, body: concatBytes([...pieces, encoder.encode('}')])};
}

/** Instructions are the system turn; a lone text is the user's. */
function responsesMessages(instructions: Uint8Array | null, input: Uint8Array | null): Uint8Array | null {
  if (input === null || (input[0] !== quote && input[0] !== bracket)) return null;
  const turns: Uint8Array[] = [];
  if (instructions !== null && instructions[0] !== letterN)
    turns.push(encoder.encode('{"role":"system","content":'), instructions, encoder.encode('}'));
  if (input[0] === quote) {
    if (turns.length > 0) turns.push(encoder.encode(','));
    turns.push(encoder.encode('{"role":"user","content":'), input, encoder.encode('}'));
  } else {
    const items = input.subarray(1, -1);
    if (turns.length > 0 && items.some(byte => byte > 0x20)) turns.push(encoder.encode(','));
    turns.push(items);
  }

  return concatBytes([encoder.encode('['), ...turns, encoder.encode(']')]);
}
