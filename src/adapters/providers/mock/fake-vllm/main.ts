#!/usr/bin/env node
import {randomBytes} from 'node:crypto';
import type {Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {apiServer} from './api-server.ts';
import {UsageError, usageErrorText} from './arguments.ts';
import {pause, systemClock} from './clock.ts';
import {controlServer} from './control-server.ts';
import {helpText} from './help.ts';
import {InferenceServer} from './inference-server.ts';
import {BLOCK_TOKENS} from './kv-cache.ts';
import {type ServerLog, serverLog} from './log-lines.ts';
import {machineArguments} from './machine-arguments.ts';
import {type FakeVllmOptions, parseOptions} from './options.ts';
import {startUp} from './start-up.ts';
import {apiTraceback} from './tracebacks.ts';

/** Docker's exit code for a process that SIGTERM ended before it could handle it. */
const EXIT_TERMINATED = 143;
const CONTROL_HOST = '127.0.0.1';
const IDLE_CHECK_MS = 20;

await main();

async function main(): Promise<void> {
  const options = readOptions();
  if (options === null) return;
  // A reader of the log that goes away must not take the server with it.
  process.stdout.on('error', () => {});
  const log = serverLog(
    text => process.stdout.write(text),
    () => new Date(),
    process.pid,
  );
  await serve(options, log);
}

function readOptions(): FakeVllmOptions | null {
  try {
    const options = parseOptions([...process.argv.slice(2), ...machineArguments(process.env)], process.env);
    if (!options.help) return options;
    process.stdout.write(helpText());
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(usageErrorText(error));
    process.exitCode = 2;
  }
  return null;
}

async function serve(options: FakeVllmOptions, log: ServerLog): Promise<void> {
  const clock = systemClock();
  const newHexId = (): string => randomBytes(8).toString('hex');
  const server = new InferenceServer(options, {clock, log, newHexId, exit: code => process.exit(code)});
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

  let phase = 'starting';
  if (options.controlPort !== null) {
    const control = controlServer(server, () => phase);
    const port = await listen(control, options.controlPort, CONTROL_HOST);
    log.plain(`Fake vLLM control server on http://${CONTROL_HOST}:${port}`);
  }

  const facts = {...options, blockTokens: BLOCK_TOKENS};
  const started = await startUp(options, facts, clock, log, stopping.signal);
  if (started.kind === 'interrupted') process.exit(EXIT_TERMINATED);
  if (started.kind === 'failed') {
    if (started.killed) process.kill(process.pid, 'SIGKILL');
    process.exit(started.exitCode);
  }

  const api = apiServer(server);
  const port = await listen(api, options.port, options.host).catch((error: unknown) => failToBind(error, log));
  log.api('INFO', 'api_server.py:1977', `Starting vLLM API server on http://${urlHost(options.host)}:${port}`);
  phase = 'ready';
  server.becameReady(started.diesAtFirstRequest);
  for (const line of [
    `Started server process [${process.pid}]`,
    'Waiting for application startup.',
    'Application startup complete.',
  ]) {
    log.plain(`INFO:     ${line}`, 'api');
  }

  if (!stopping.signal.aborted)
    await new Promise(resolve => stopping.signal.addEventListener('abort', resolve, {once: true}));
  phase = 'stopping';
  await shutDown(api, options.shutdownTimeoutMs, log);
  process.exit(0);
}

/** The port that it listens on, which the system chose if `port` is 0. */
async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return isAddressInfo(address) ? address.port : port;
}

function isAddressInfo(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

function failToBind(error: unknown, log: ServerLog): never {
  const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  apiTraceback(inUse ? 'OSError: [Errno 98] Address already in use' : `OSError: ${String(error)}`, log);
  process.exit(1);
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '0.0.0.0';
  return host.includes(':') ? `[${host}]` : host;
}

/** No new connections; running requests may finish until the time is over, then their connections are cut. */
async function shutDown(api: Server, timeoutMs: number, log: ServerLog): Promise<void> {
  const closed = new Promise<void>(resolve => {
    api.close(() => resolve());
  });
  // Told when it is so: whoever reads it may count on connections being refused.
  log.plain('INFO:     Shutting down', 'api');
  // A connection that becomes idle now would stay for its keep-alive time.
  const idle = setInterval(() => api.closeIdleConnections(), IDLE_CHECK_MS);
  const timeUp = new AbortController();
  await Promise.race([closed, pause(systemClock(), timeoutMs, timeUp.signal)]);
  timeUp.abort();
  clearInterval(idle);
  api.closeAllConnections();
  log.plain('INFO:     Application shutdown complete.', 'api');
  log.plain(`INFO:     Finished server process [${process.pid}]`, 'api');
}
