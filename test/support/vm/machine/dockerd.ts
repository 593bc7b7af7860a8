import {rmSync} from 'node:fs';
import {createServer, type ServerResponse} from 'node:http';
import {imageView} from './docker-inspect.ts';
import {pullImage} from './docker-pull.ts';
import {startContainer} from './docker-run.ts';
import {
  configuredRoot,
  listContainers,
  noteRunning,
  readImages,
  readState,
  socketPath,
  writeState,
} from './docker-state.ts';
import {Exit, readScenario, signalIfThere} from './program.ts';

/** The part of Docker's API over its socket that tells how a pull advances; the rest is the command's own. */
const root = configuredRoot();
rmSync(socketPath, {force: true});
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://docker');
  const path = url.pathname.replace(/^\/v[\d.]+/, '');
  if (path === '/_ping') return response.end('OK');
  if (request.method === 'POST' && path === '/images/create') {
    const tag = url.searchParams.get('tag');
    const name = url.searchParams.get('fromImage') ?? '';
    const mark = tag?.startsWith('sha256:') ? '@' : ':';
    void sendPull(tag === null ? name : `${name}${mark}${tag}`, response);
    return;
  }

  const image = /^\/images\/(.+)\/json$/.exec(path)?.[1];
  const found = readImages(root).find(({reference}) => reference === decodeURIComponent(image ?? ''));
  send(response, found === undefined ? 404 : 200, found === undefined ? {message: 'page not found'} : imageView(found));
});
server.listen(socketPath, () => noteRunning(root));
process.once('SIGTERM', stop);

// What a person did not stop, and what is not only for failures, comes back with the daemon.
for (const config of listContainers(root)) {
  const state = readState(root, config.id);
  if (state.status !== 'exited' && state.status !== 'created') continue;
  if (config.restart.name === 'always' || (config.restart.name === 'unless-stopped' && !state.stopAsked))
    await startContainer(root, config);
}

async function sendPull(reference: string, response: ServerResponse): Promise<void> {
  const write = (message: object) => response.write(`${JSON.stringify(message)}\r\n`);
  try {
    for await (const message of pullImage(root, reference, readScenario())) {
      if (response.destroyed) return;
      if (!response.headersSent) response.writeHead(200, {'content-type': 'application/json'});
      write(message);
    }
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    if (!response.headersSent)
      return send(response, error.message.includes('no space') ? 500 : 404, {message: error.message});
    write({errorDetail: {message: error.message}, error: error.message});
  }
  response.end();
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body));
}

/** Without live restore, containers go with their daemon. */
function stop(): void {
  for (const {id} of listContainers(root)) {
    const state = readState(root, id);
    if (state.status !== 'running' && state.status !== 'restarting') continue;
    signalIfThere(-state.monitorPid, 'SIGKILL');
    writeState(root, id, {...state, status: 'exited', pid: 0, exitCode: 143, finishedAt: new Date().toISOString()});
  }

  rmSync(socketPath, {force: true});
  process.exit(0);
}
