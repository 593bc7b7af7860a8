import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export type ScriptedAnswer =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly text?: string;
      readonly headers?: Record<string, string>;
    }
  | 'reset'
  | 'hang';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly received: ReceivedRequest[];
  /** Answers left over: a test that ends with some has seen fewer calls than it wrote down. */
  readonly left: ScriptedAnswer[];
}

/** A real HTTP server that gives these answers, one per request, and fails the test's call when they run out. */
export async function startScriptedServer(answers: readonly ScriptedAnswer[]): Promise<ScriptedServer> {
  const received: ReceivedRequest[] = [];
  const left = [...answers];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => respond(request, response, Buffer.concat(chunks).toString('utf8')));
  });
  const respond = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const {method = '', url = '', headers} = request;
    received.push({method, path: url, headers, body});
    const answer = left.shift() ?? {status: 418, body: {type: 'script_ended', message: 'no answer left'}};
    if (answer === 'hang') return;
    if (answer === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    }
    const text = answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
    const contentType = answer.body === undefined ? {} : {'Content-Type': 'application/json'};
    response.writeHead(answer.status, {...contentType, ...answer.headers});
    response.end(text);
  };
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    left,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
