/** What goes over the wire in the bench, in the shapes and sizes of vLLM. */
export const benchModel = 'acme/chat-8b';
export const tokensPerStream = 200;
/** The pace that means: the whole answer in one write. */
export const wholePace = 999;

const promptTokens = 14;
const id = 'chatcmpl-0f7c3a52b1d94e6f8a9c0b1d2e3f4a5b';
const words = [' the', ' capital', ' of', ' France', ' is', ' Paris', ',', ' said', ' Ana', 'ï', 's'];

/** A 200-token stream as frames of chunked transfer coding: a role, the tokens, the usage, `[DONE]`. */
export function chunkFrames(withUsage: boolean): readonly Buffer[] {
  const cached = framesByUsage.get(withUsage);
  if (cached !== undefined) return cached;
  const frames = Array.from({length: tokensPerStream}, (_, index) => frame(tokenEvent(index, withUsage)));
  if (withUsage) frames.push(frame(sse({...head, choices: [], usage: usage(tokensPerStream)})));
  frames.push(frame('data: [DONE]\n\n'), Buffer.from('0\r\n\r\n'));
  framesByUsage.set(withUsage, frames);
  return frames;
}

const framesByUsage = new Map<boolean, readonly Buffer[]>();
const head = {id, object: 'chat.completion.chunk', created: 1_760_000_000, model: benchModel};

export const jsonAnswer = Buffer.from(
  JSON.stringify({
    ...head,
    object: 'chat.completion',
    choices: [{index: 0, message: {role: 'assistant', content: words.join('')}, logprobs: null, finish_reason: 'stop'}],
    usage: usage(11),
  }),
);

const dimensions = 1024;
export const embeddingAnswer = Buffer.from(
  JSON.stringify({
    id: 'embd-1',
    object: 'list',
    created: 1_760_000_000,
    model: benchModel,
    data: [{index: 0, object: 'embedding', embedding: Array.from({length: dimensions}, (_, at) => Math.sin(at) / 32)}],
    usage: {prompt_tokens: promptTokens, total_tokens: promptTokens, completion_tokens: 0, prompt_tokens_details: null},
  }),
);

/** The body of one request. `paceMs` travels as `seed`, which every proxy forwards. */
export function requestBody(request: {stream: boolean; paceMs: number; promptBytes: number}): string {
  return JSON.stringify({
    model: benchModel,
    messages: [
      {role: 'system', content: 'You are a helpful assistant.'},
      {role: 'user', content: 'x'.repeat(request.promptBytes)},
    ],
    temperature: 0.7,
    max_tokens: tokensPerStream,
    seed: request.paceMs,
    ...(request.stream ? {stream: true} : {}),
  });
}

export const embeddingBody = JSON.stringify({model: benchModel, input: 'The capital of France is Paris.'.repeat(8)});

function tokenEvent(index: number, withUsage: boolean): string {
  const delta = index === 0 ? {role: 'assistant', content: ''} : {content: words[index % words.length]};
  const finish = index === tokensPerStream - 1 ? 'length' : null;
  const choices = [{index: 0, delta, logprobs: null, finish_reason: finish, token_ids: null}];
  return sse({...head, choices, ...(withUsage ? {usage: usage(index + 1)} : {})});
}

function usage(completionTokens: number) {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
  };
}

function sse(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function frame(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}
