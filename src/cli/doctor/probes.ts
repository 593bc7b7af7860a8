import {execFile} from 'node:child_process';
import {constants} from 'node:fs';
import {access, stat, statfs} from 'node:fs/promises';
import {createServer} from 'node:net';
import {dirname} from 'node:path';

/** What `doctor` asks the machine; a test answers instead. */
export interface Probes {
  readonly nodeVersion: string;
  /** What `python3 --version` prints; null when there is no python3. */
  pythonVersion(): Promise<string | null>;
  /** Null when the path does not exist. `writable` tells of the nearest parent then. */
  inspectPath(path: string): Promise<PathFacts>;
  freeBytes(path: string): Promise<number>;
  isPortFree(host: string, port: number): Promise<boolean>;
}

export interface PathFacts {
  readonly exists: boolean;
  /** Whether files can be made there (or, where it is missing, whether it can be made). */
  readonly writable: boolean;
  /** Permission bits of what exists; null when it does not. */
  readonly mode: number | null;
}

const pythonTimeoutMs = 5000;

export const systemProbes: Probes = {
  nodeVersion: process.versions.node,
  pythonVersion: () =>
    new Promise(resolve => {
      execFile('python3', ['--version'], {timeout: pythonTimeoutMs}, (error, stdout) => {
        resolve(error === null ? stdout.trim() : null);
      });
    }),
  async inspectPath(path) {
    const facts = await stat(path).catch(() => null);
    return {
      exists: facts !== null,
      writable: await isWritable(facts === null ? await nearestParent(path) : path),
      mode: facts === null ? null : facts.mode & 0o777,
    };
  },
  async freeBytes(path) {
    const {bavail, bsize} = await statfs(await nearestParent(path));
    return bavail * bsize;
  },
  isPortFree: (host, port) =>
    new Promise(resolve => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({host, port, exclusive: true}, () => server.close(() => resolve(true)));
    }),
};

async function isWritable(path: string): Promise<boolean> {
  return await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function nearestParent(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const exists = await stat(folder).then(
      () => true,
      () => false,
    );
    if (exists || folder === dirname(folder)) return folder;
  }
}
