import {existsSync, rmSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {serveApiCall, serveMachineCall} from './calls.ts';
import {notFound} from './cloud-error.ts';
import {serveControl} from './control-calls.ts';
import {answerError} from './http-io.ts';
import {MockCloud} from './mock-cloud.ts';
import {findMachineRoute, findRoute} from './routes.ts';

export interface DaemonOptions {
  readonly cloudDir: string;
  readonly socketPath: string;
  readonly searchPath: string;
  /** How long it stays without a call while it has no server, and while it has some. */
  readonly idleMs: number;
  readonly idleWithServersMs: number;
}

/** Connections that were accepted before the socket went are still served for this long. */
const lastCallMs = 50;
/** Sessions and held answers that are still open after this are cut. */
const hangUpMs = 1_000;
const idleCheckMs = 100;

/** Serves the cloud until it is idle or told to stop; resolves then. Must own the directory's lock. */
export async function runDaemon(options: DaemonOptions, onListening: () => void): Promise<void> {
  const {cloudDir, socketPath, searchPath} = options;
  const {promise: stopped, resolve: stop} = Promise.withResolvers<void>();
  const cloud = new MockCloud(cloudDir, Math.random);
  let inFlight = 0;
  let activeAtMs = performance.now();
  const idleCheck = setInterval(() => {
    const limitMs = cloud.isEmpty ? options.idleMs : options.idleWithServersMs;
    if (inFlight === 0 && performance.now() - activeAtMs >= limitMs) stop();
    // Whoever removed the directory has closed the account: nothing of it may live on.
    if (!existsSync(cloudDir)) void cloud.endAllProcesses().then(stop);
  }, idleCheckMs);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://cloud');
    const context = {cloud, cloudDir, searchPath, request, response, url};
    const method = request.method ?? 'GET';
    const machine = findMachineRoute(method, url.pathname);
    const route = findRoute(method, url.pathname);
    if (url.pathname.startsWith('/control/')) await serveControl(context, stop);
    else if (machine !== null) await serveMachineCall(context, machine);
    else if (route !== null) await serveApiCall(context, route);
    else throw notFound('path', `${method} ${url.pathname}`);
  };
  const server = createServer((request, response) => {
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
      activeAtMs = performance.now();
    });
    serve(request, response).catch((error: unknown) => answerError(response, error));
  });

  rmSync(socketPath, {force: true});
  server.listen(socketPath);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  onListening();
  await stopped;

  clearInterval(idleCheck);
  // The name goes first: from now on callers start a successor, which waits for our lock, that is for our end.
  rmSync(socketPath, {force: true});
  await new Promise(resolve => setTimeout(resolve, lastCallMs));
  setTimeout(() => server.closeAllConnections(), hangUpMs).unref();
  await new Promise(resolve => server.close(resolve));
  cloud.close();
}
