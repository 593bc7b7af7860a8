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

/**
 * Answers one completion, streamed or whole. When the client goes away the generation stops with the evaluation under
 * way and its slot is free again.
 *
 * @throws ApiError when the request cannot start; nothing has been sent then.
 */
export async function answerCompletion(
  {engine, servedModelNames}: CompletionContext,
  body: CompletionRequest,
  reply: CompletionReply,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (body.model !== null && !servedModelNames.includes(body.model)) throw modelNotFound(body.model);
  const generation = toGeneration(engine, body);
  assertRoom(engine);

  const requestId = request.headers['x-request-id'];
  const identity: ReplyIdentity = {
    id: reply.idPrefix + (typeof requestId === 'string' ? requestId : randomBytes(8).toString('hex')),
    model: servedModelNames[0],
    createdAtS: Math.floor(Date.now() / 1000),
  };
  const disconnect = new AbortController();
  const onClose = (): void => disconnect.abort(new Error('the client closed the connection'));
  response.once('close', onClose);
  try {
    const steps = engine.generate(generation, disconnect.signal);
    if (body.stream) await stream(steps, body, reply, identity, response, disconnect.signal);
    else await whole(steps, reply, identity, response);
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
  steps: AsyncIterable<GenerationStep>,
  reply: CompletionReply,
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
  response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(reply.whole(identity, text, last)));
}

async function stream(
  steps: AsyncIterable<GenerationStep>,
  body: CompletionRequest,
  reply: CompletionReply,
  identity: ReplyIdentity,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, {'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache'});
  response.flushHeaders();
  const send = async (frame: object, usage: Usage): Promise<void> =>
    write(response, JSON.stringify(body.continuousUsage ? {...frame, usage} : frame), signal);

  try {
    let last: GenerationStep | null = null;
    for await (const step of steps) {
      const opening = last === null ? reply.opening(identity) : null;
      if (opening !== null) await send(opening, usageOf({...step, generatedTokens: 0}));
      await send(reply.frame(identity, step), usageOf(step));
      last = step;
    }
    if (last !== null && body.includeUsage) {
      await write(response, JSON.stringify(reply.usageFrame(identity, usageOf(last))), signal);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    // The status is sent already: the error travels as a frame of its own.
    const failure = error instanceof ApiError ? error : engineFailed(error);
    await write(response, JSON.stringify(failure.toBody()), signal);
  }
  await write(response, '[DONE]', signal);
  response.end();
}

/** One SSE frame; waits while the client reads slower than the model writes. */
async function write(response: ServerResponse, data: string, signal: AbortSignal): Promise<void> {
  if (!response.write(`data: ${data}\n\n`)) await once(response, 'drain', {signal});
}
