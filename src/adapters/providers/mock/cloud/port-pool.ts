import {createServer, type Server} from 'node:net';
import {cloudHost} from '../wire.ts';

/** Below the range from which Linux and macOS take source ports, so that no outgoing connection steals one. */
const firstPort = 20_000;
const blockPorts = 100;
const blockCount = 120;

/**
 * TCP ports for servers, from a block of a hundred that this daemon holds by listening on the block's first port: two
 * clouds on one machine never hand out the same port while its future owner has not bound it yet.
 */
export class PortPool {
  #block: {readonly base: number; readonly guard: Server} | null = null;
  readonly #offset: number;

  constructor(random: () => number) {
    this.#offset = Math.floor(random() * blockCount);
  }

  /** Two ports that nobody listens on and that are not in `taken`. */
  async takePair(taken: ReadonlySet<number>): Promise<{openaiPort: number; agentPort: number}> {
    for (let attempt = 0; attempt < blockCount; attempt++) {
      this.#block ??= await this.#holdBlock(attempt);
      const found: number[] = [];
      for (let port = this.#block.base + 1; port < this.#block.base + blockPorts; port++) {
        if (taken.has(port) || !(await isFree(port))) continue;
        found.push(port);
        const [openaiPort, agentPort] = found;
        if (openaiPort !== undefined && agentPort !== undefined) return {openaiPort, agentPort};
      }
      this.close();
    }
    throw new Error(`no free TCP port from ${firstPort} to ${firstPort + blockCount * blockPorts}`);
  }

  close(): void {
    this.#block?.guard.close();
    this.#block = null;
  }

  async #holdBlock(skip: number): Promise<{base: number; guard: Server}> {
    for (let step = 0; step < blockCount; step++) {
      const base = firstPort + ((this.#offset + skip + step) % blockCount) * blockPorts;
      const guard = await listen(base);
      if (guard !== null) return {base, guard};
    }
    throw new Error('every block of TCP ports for mock servers is taken');
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === null) return false;
  await new Promise(resolve => server.close(resolve));
  return true;
}

function listen(port: number): Promise<Server | null> {
  const {promise, resolve} = Promise.withResolvers<Server | null>();
  const server = createServer(socket => socket.destroy());
  server.once('error', () => resolve(null));
  server.listen(port, cloudHost, () => resolve(server));
  server.unref();
  return promise;
}
