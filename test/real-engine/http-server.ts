import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {ApiError, badRequest, engineFailed, notFound} from './api-error.ts';
import {isRecord, parseMessages} from './chat-prompt.ts';
import {chatReply, textReply} from './completion-reply.ts';
import {parseCompletionRequest, parseMessagesRequest, parsePrompt} from './completion-request.ts';
import {answerCompletion, type CompletionContext, completionForm} from './completion-route.ts';
import {messagesForm} from './messages-reply.ts';

export interface HttpServerOptions extends CompletionContext {
  /** Guards paths under /v1 only, as vLLM does; null = open. */
  readonly apiKey: string | null;
}

/** The routes of vLLM that a readiness check, a router and a chat client use. */
export function createEngineServer(options: HttpServerOptions): Server {
  return createServer((request, response) => {
    route(options, request, response).catch((error: unknown) => {
      const failure = error instanceof ApiError ? error : engineFailed(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, failure.toBody(), failure.status);
    });
  });
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;

async function route(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const {pathname} = new URL(request.url ?? '/', 'http://engine');
  const {engine, apiKey} = options;
  if (pathname.startsWith('/v1') && apiKey !== null && request.headers.authorization !== `Bearer ${apiKey}`) {
    return sendJson(response, {error: 'Unauthorized'}, 401);
  }
  switch (`${request.method} ${pathname}`) {
    case 'GET /health':
    case 'GET /ping':
      response.writeHead(200).end();
      return;
    case 'GET /version':
      return sendJson(response, {version: `llama.cpp-${engine.release}`});
    case 'GET /metrics':
      response.writeHead(200, {'content-type': 'text/plain; version=0.0.4; charset=utf-8'}).end(engine.renderMetrics());
      return;
    case 'GET /v1/models':
      return sendJson(response, {object: 'list', data: options.servedModelNames.map(id => modelCard(options, id))});
    case 'POST /tokenize':
      return sendJson(response, tokenized(options, await readJson(request)));
    case 'POST /v1/chat/completions':
      return answerCompletion(
        options,
        parseCompletionRequest(await readJson(request), 'chat'),
        completionForm(chatReply),
        request,
        response,
      );
    case 'POST /v1/completions':
      return answerCompletion(
        options,
        parseCompletionRequest(await readJson(request), 'text'),
        completionForm(textReply),
        request,
        response,
      );
    case 'POST /v1/messages':
      return answerCompletion(options, parseMessagesRequest(await readJson(request)), messagesForm, request, response);
    default:
      throw notFound();
  }
}

function modelCard({engine, servedModelNames}: HttpServerOptions, id: string): object {
  return {
    id,
    object: 'model',
    created: Math.floor(Date.now() / 1000),
    owned_by: 'llama.cpp',
    root: servedModelNames[0],
    parent: null,
    max_model_len: engine.contextTokens,
  };
}

function tokenized({engine}: HttpServerOptions, body: unknown): object {
  if (!isRecord(body)) throw badRequest('body', 'a JSON object was expected');
  const {messages, prompt} = body;
  const input =
    messages === undefined ? parsePrompt(prompt) : {kind: 'messages' as const, messages: parseMessages(messages)};
  const tokens = engine.tokenize(input);
  return {count: tokens.length, max_model_len: engine.contextTokens, tokens};
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes: Buffer = chunk;
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_BODY_BYTES)
      throw new ApiError(413, 'Request Entity Too Large', `more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw badRequest('body', 'valid JSON was expected');
  }
}

function sendJson(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body));
}
