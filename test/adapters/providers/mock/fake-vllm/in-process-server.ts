import type {Server} from 'node:http';
import {apiServer} from '../../../../../src/adapters/providers/mock/fake-vllm/api-server.ts';
import {systemClock} from '../../../../../src/adapters/providers/mock/fake-vllm/clock.ts';
import {controlServer} from '../../../../../src/adapters/providers/mock/fake-vllm/control-server.ts';
import {InferenceServer} from '../../../../../src/adapters/providers/mock/fake-vllm/inference-server.ts';
import {serverLog} from '../../../../../src/adapters/providers/mock/fake-vllm/log-lines.ts';
import {parseOptions} from '../../../../../src/adapters/providers/mock/fake-vllm/options.ts';

export interface RunningFake extends AsyncDisposable {
  url: string;
  controlUrl: string;
  exits: number[];
  server: InferenceServer;
  /** Everything that was logged. */
  log(): string;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  stats(): Promise<FakeStats>;
  /** The value of one series of `/metrics`. */
  metric(series: string): Promise<number>;
}

interface FakeStats {
  requests: Record<string, number>;
  tokens: Record<string, {prompt: number; completion: number}>;
  aborted: {id: string; abortedIn: string; endedAtMs: number; completionTokens: number; sentTokens: number}[];
  engines: {running: number; waiting: number; kvBlocksUsed: number; kvBlocksTotal: number}[];
  faults: Record<string, unknown>;
}

/** The fake's HTTP servers on real sockets in this process; start-up is tested elsewhere. */
export async function startFake(...args: string[]): Promise<RunningFake> {
  const options = parseOptions(['acme/chat-8b', ...args], {});
  let text = '';
  const log = serverLog(
    part => {
      text += part;
    },
    () => new Date(0),
    1,
  );
  const exits: number[] = [];
  let ids = 0;
  const server = new InferenceServer(options, {
    clock: systemClock(),
    log,
    newHexId: () => (ids++).toString(16).padStart(16, '0'),
    exit: code => exits.push(code),
  });
  server.becameReady(null);
  const api = apiServer(server);
  const control = controlServer(server, () => 'ready');
  const [url, controlUrl] = await Promise.all([listen(api), listen(control)]);
  return {
    url,
    controlUrl,
    exits,
    server,
    log: () => text,
    post: (path, body, headers = {}) => fetch(`${url}${path}`, {method: 'POST', body: JSON.stringify(body), headers}),
    stats: async () => {
      const response = await fetch(`${controlUrl}/stats`);
      return (await response.json()) as FakeStats;
    },
    metric: async series => {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
      const line = lines.find(candidate => candidate.startsWith(`${series} `));
      if (line === undefined) throw new Error(`no series ${series} in /metrics`);
      return Number(line.slice(series.length + 1));
    },
    async [Symbol.asyncDispose]() {
      for (const each of [api, control]) {
        each.closeAllConnections();
        await new Promise(resolve => each.close(resolve));
      }
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return `http://127.0.0.1:${address.port}`;
}

/** The `data:` payloads of a complete event stream. */
export async function readEvents(response: Response): Promise<string[]> {
  return (await response.text())
    .split('\n\n')
    .filter(frame => frame !== '')
    .map(frame => frame.replace(/^data: /, ''));
}

/** Polls without a fixed sleep until `check` holds; the test's own timeout ends it otherwise. */
export async function until<Value>(
  read: () => Promise<Value> | Value,
  check: (value: Value) => boolean,
): Promise<Value> {
  for (;;) {
    const value = await read();
    if (check(value)) return value;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}
