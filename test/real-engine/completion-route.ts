import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {ApiError, contextExceeded, engineFailed, modelNotFound, overloaded} from './api-error.ts';
import {type CompletionReply, type ReplyIdentity, type Usage, usageOf} from './completion-reply.ts';
import type {CompletionRequest} from './completion-request.ts';
import {type GenerationRequest, type GenerationStep, type LlamaEngine, QueueFullError} from './llama-engine.ts';

export interface CompletionContext {
  readonly engine: LlamaEngine;
  readonly servedModelNames: readonly [string, ...string[]];
}

/** How answers of one endpoint look. */
export interface AnswerForm {
  readonly idPrefix: string;
  whole(identity: ReplyIdentity, text: string, last: GenerationStep): object;
  /** Writes the whole stream, errors that come in the middle too. */
  stream(steps: AsyncIterable<GenerationStep>, to: StreamTarget): Promise<void>;
}

export interface StreamTarget {
  readonly body: CompletionRequest;
  readonly identity: ReplyIdentity;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

/**
 * Answers one completion, streamed or whole. When the client goes away the generation stops with the evaluation under
 * way and its slot is free again.
 *
 * @throws ApiError when the request cannot start; nothing has been sent then.
 */
export async function answerCompletion(
  {engine, servedModelNames}: CompletionContext,
  body: CompletionRequest,
  form: AnswerForm,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (body.model !== null && !servedModelNames.includes(body.model)) throw modelNotFound(body.model);
  const generation = toGeneration(engine, body);
  assertRoom(engine);

  const requestId = request.headers['x-request-id'];
  const identity: ReplyIdentity = {
    id: form.idPrefix + (typeof requestId === 'string' ? requestId : randomBytes(8).toString('hex')),
    model: servedModelNames[0],
    createdAtS: Math.floor(Date.now() / 1000),
  };
  const disconnect = new AbortController();
  const onClose = (): void => disconnect.abort(new Error('the client closed the connection'));
  response.once('close', onClose);
  try {
    const steps = engine.generate(generation, disconnect.signal);
    if (body.stream) await stream(form, steps, {body, identity, response, signal: disconnect.signal});
    else await whole(form, steps, identity, response);
  } catch (error) {
    if (!disconnect.signal.aborted) throw error;
  } finally {
    response.off('close', onClose);
  }
}

function toGeneration(engine: LlamaEngine, body: CompletionRequest): GenerationRequest {
  const promptTokens = engine.tokenize(body.prompt);
  const room = engine.contextTokens - promptTokens.length;
  const maxTokens = body.maxTokens ?? room;
  if (room < 1 || maxTokens > room) throw contextExceeded(promptTokens.length, maxTokens, engine.contextTokens);
  return {promptTokens, maxTokens, sampling: body.sampling, stops: body.stops, ignoreEnd: body.ignoreEnd};
}

function assertRoom(engine: LlamaEngine): void {
  try {
    engine.assertRoom();
  } catch (error) {
    if (error instanceof QueueFullError) throw overloaded(error.message);
    throw error;
  }
}

async function whole(
  form: AnswerForm,
  steps: AsyncIterable<GenerationStep>,
  identity: ReplyIdentity,
  response: ServerResponse,
): Promise<void> {
  let text = '';
  let last: GenerationStep | null = null;
  for await (const step of steps) {
    text += step.text;
    last = step;
  }
  if (last === null || last.finishReason === null) throw new Error('the engine ended without a finish reason');
  response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(form.whole(identity, text, last)));
}

async function stream(form: AnswerForm, steps: AsyncIterable<GenerationStep>, to: StreamTarget): Promise<void> {
  const {response} = to;
  response.writeHead(200, {'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache'});
  response.flushHeaders();
  await form.stream(steps, to);
  response.end();
}

/** The form of OpenAI's completions: nameless events, and `[DONE]` after the last. */
export function completionForm(reply: CompletionReply): AnswerForm {
  return {
    idPrefix: reply.idPrefix,
    whole: (identity, text, last) => reply.whole(identity, text, last),
    async stream(steps, {body, identity, response, signal}) {
      const send = async (frame: object, usage: Usage): Promise<void> =>
        writeEvent(response, JSON.stringify(body.continuousUsage ? {...frame, usage} : frame), signal);

      try {
        let last: GenerationStep | null = null;
        for await (const step of steps) {
          const opening = last === null ? reply.opening(identity) : null;
          if (opening !== null) await send(opening, usageOf({...step, generatedTokens: 0}));
          await send(reply.frame(identity, step), usageOf(step));
          last = step;
        }
        if (last !== null && body.includeUsage) {
          await writeEvent(response, JSON.stringify(reply.usageFrame(identity, usageOf(last))), signal);
        }
      } catch (error) {
        if (signal.aborted) throw error;
        // The status is sent already: the error travels as a frame of its own.
        const failure = error instanceof ApiError ? error : engineFailed(error);
        await writeEvent(response, JSON.stringify(failure.toBody()), signal);
      }
      await writeEvent(response, '[DONE]', signal);
    },
  };
}

/** One SSE event; waits while the client reads slower than the model writes. */
export async function writeEvent(
  response: ServerResponse,
  data: string,
  signal: AbortSignal,
  name: string | null = null,
): Promise<void> {
  const event = `${name === null ? '' : `event: ${name}\n`}data: ${data}\n\n`;
  if (!response.write(event)) await once(response, 'drain', {signal});
}
