import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Resolves with the time when the connection of this request was closed before its answer was complete. */
  readonly abandoned: Promise<number>;
}

export type Script = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/** A worker that does what the test says, byte by byte, and remembers what it was asked. */
export class ScriptedUpstream implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  private readonly server = createServer((request, response) => void this.handle(request, response));
  private readonly arrivals: ((request: SeenRequest) => void)[] = [];
  script: Script;

  constructor(script: Script) {
    this.script = script;
  }

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next request that arrives from now on. */
  nextRequest(): Promise<SeenRequest> {
    return new Promise(resolve => this.arrivals.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const seen: SeenRequest = {
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      abandoned: new Promise(resolve => {
        response.on('close', () => {
          if (!response.writableFinished) resolve(performance.now());
        });
      }),
    };
    this.seen.push(seen);
    for (const arrived of this.arrivals.splice(0)) arrived(seen);
    await this.script(seen, response);
  }
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body));
}

export function openStream(response: ServerResponse): void {
  response.writeHead(200, {'content-type': 'text/event-stream; charset=utf-8'});
}

export function usageOf(prompt: number, completion: number) {
  return {prompt_tokens: prompt, total_tokens: prompt + completion, completion_tokens: completion};
}

/** One chat chunk as vLLM writes it, with running usage. */
export function chatChunk(content: string, usage: object | null, finishReason: string | null = null): string {
  const choices = [{index: 0, delta: {content}, logprobs: null, finish_reason: finishReason}];
  return `data: ${JSON.stringify({id: 'chatcmpl-1', object: 'chat.completion.chunk', model: servedModel, choices, ...(usage && {usage})})}\n\n`;
}

export function usageChunk(usage: object): string {
  return `data: ${JSON.stringify({id: 'chatcmpl-1', object: 'chat.completion.chunk', model: servedModel, choices: [], usage})}\n\n`;
}

export const servedModel = 'acme/chat-8b';
export const done = 'data: [DONE]\n\n';

/** Two words, then the end, as vLLM does it. */
export const shortStream: Script = (_request, response) => {
  openStream(response);
  response.write(chatChunk('Par', usageOf(14, 1)));
  response.end(chatChunk('is.', usageOf(14, 2), 'stop') + usageChunk(usageOf(14, 2)) + done);
};

export const shortAnswer: Script = (_request, response) => {
  const choices = [{index: 0, message: {role: 'assistant', content: 'Paris.'}, finish_reason: 'stop'}];
  answerJson(response, 200, {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: servedModel,
    choices,
    usage: usageOf(14, 3),
  });
};
