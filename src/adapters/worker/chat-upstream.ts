import {createParser} from 'eventsource-parser';
import {InventivError} from '../../core/errors.ts';
import type {ChatPiece, ChatRequest, ChatUpstream} from '../../ports/chat.ts';
import type {WorkerTarget} from '../../ports/worker.ts';
import {isCertificateChanged} from './certificate.ts';

const errorBodyMaxBytes = 64 * 1024;

/** Chat over the worker's OpenAI port, with running usage so that a cancelled answer is counted exactly. */
export function createChatUpstream(): ChatUpstream {
  return {
    async *stream(target, chat) {
      const {openWorkerPool} = await import('./open-worker-pool.ts');
      const pool = openWorkerPool(target.endpoint, target.endpoint.openaiUrl);
      try {
        const response = await pool.request(chatCall(target, chat)).catch(error => refuseUnreachable(error, target));
        if (response.statusCode !== 200) {
          throw upstreamError(response.statusCode, await readStart(response.body));
        }

        yield* readPieces(response.body);
      } finally {
        await pool.destroy();
      }
    },
  };
}

function chatCall(target: WorkerTarget, chat: ChatRequest) {
  return {
    path: '/v1/chat/completions',
    method: 'POST' as const,
    headers: {
      authorization: `Bearer ${target.workerKey}`,
      'content-type': 'application/json',
      'x-request-id': target.correlationId,
    },
    body: JSON.stringify(chatBody(chat)),
    ...(target.signal === undefined ? {} : {signal: target.signal}),
  };
}

function chatBody({model, messages, maxTokens, temperature}: ChatRequest) {
  return {
    model,
    messages,
    stream: true,
    stream_options: {include_usage: true, continuous_usage_stats: true},
    ...(maxTokens === null ? {} : {max_tokens: maxTokens}),
    ...(temperature === null ? {} : {temperature}),
  };
}

async function* readPieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<ChatPiece> {
  const ready: ChatPiece[] = [];
  let done = false;
  const parser = createParser({
    onEvent: ({data}) => {
      if (data === '[DONE]') done = true;
      else ready.push(...piecesOf(JSON.parse(data)));
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, {stream: true}));
    yield* ready.splice(0);
  }

  if (!done)
    throw new InventivError('upstream_broken', 'The worker ended the answer before it was complete.', {
      hint: 'Try again; see "inventiv logs NAME --vllm".',
    });
}

interface ChatChunk {
  readonly error?: {readonly message?: string};
  readonly usage?: {readonly prompt_tokens: number; readonly completion_tokens: number} | null;
  readonly choices?: readonly {
    readonly delta?: {
      readonly content?: string | null;
      readonly reasoning?: string | null;
      readonly reasoning_content?: string | null;
    };
    readonly finish_reason?: string | null;
  }[];
}

function piecesOf(chunk: ChatChunk): readonly ChatPiece[] {
  if (chunk.error !== undefined)
    throw new InventivError('upstream_broken', `The engine failed: ${chunk.error.message ?? 'no message'}`);
  const pieces: ChatPiece[] = [];
  for (const {delta, finish_reason: reason} of chunk.choices ?? []) {
    const reasoning = delta?.reasoning ?? delta?.reasoning_content;
    if (reasoning) pieces.push({kind: 'text', text: reasoning, reasoning: true});
    if (delta?.content) pieces.push({kind: 'text', text: delta.content, reasoning: false});
    if (reason) pieces.push({kind: 'finish', reason});
  }

  if (chunk.usage)
    pieces.push({
      kind: 'usage',
      promptTokens: chunk.usage.prompt_tokens,
      completionTokens: chunk.usage.completion_tokens,
    });
  return pieces;
}

async function readStart(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const bytes of body) {
    text += Buffer.from(bytes).toString('utf8');
    if (text.length > errorBodyMaxBytes) break;
  }

  return text;
}

function upstreamError(status: number, body: string): InventivError {
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? `status ${status}`;
  const code = status === 400 ? 'invalid_input' : status === 404 ? 'model_not_found' : 'upstream_broken';
  return new InventivError(code, `The worker refused the request: ${message}`, {detailCode: String(status)});
}

function refuseUnreachable(error: unknown, target: WorkerTarget): never {
  if (target.signal?.aborted || isCertificateChanged(error)) throw error;
  throw new InventivError('upstream_broken', 'The worker could not be reached.', {
    hint: 'See its state with "inventiv ps" and its log with "inventiv logs NAME --vllm".',
    cause: error,
    retryable: true,
  });
}
