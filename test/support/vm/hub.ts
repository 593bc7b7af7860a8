import {createHash} from 'node:crypto';
import {once} from 'node:events';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {createServer, type Server} from 'node:https';
import type {TLSSocket} from 'node:tls';

export interface HubFile {
  readonly path: string;
  readonly content: Buffer;
  /** Large files answer with a redirect and are known by their SHA-256, small ones by their git hash. */
  readonly isLarge: boolean;
}

export interface HubRequest {
  readonly method: string;
  readonly path: string;
  readonly range: string | null;
  /** What it carried as a bearer, for tests of where a token goes. */
  readonly token: string | null;
  readonly status: number;
  /** Whether the answer was sent to its end. */
  readonly isComplete: boolean;
}

/** What the hub does next; `null` where it behaves. */
export interface HubFaults {
  /** Every request for a file or a list is answered so. */
  refusal: 'gated' | 'unauthorized' | 'rate-limit' | 'model-not-found' | 'revision-not-found' | 'server-error' | null;
  /** The connection of a large file is reset after this many bytes, once per request. */
  cutAfterBytes: number | null;
  /** Bytes per second of large files. */
  bytesPerSecond: number | null;
}

const chunkBytes = 16_384;
/** Every model has this one commit, whatever branch or tag is asked for. */
export const hubCommit = '0123456789abcdef0123456789abcdef01234567';

/** The part of huggingface.co that a download needs, and the `/v2/` of an image registry; any model name is known. */
export class Hub implements AsyncDisposable {
  readonly requests: HubRequest[] = [];
  readonly faults: HubFaults = {refusal: null, cutAfterBytes: null, bytesPerSecond: null};
  files: readonly HubFile[] = usualFiles();
  /** Models ask for this token; null: they are open. */
  token: string | null = null;
  readonly #server: Server;

  static async start(address: string, certificate: {key: string; cert: string}): Promise<Hub> {
    const hub = new Hub(certificate);
    hub.#server.listen(443, address);
    await once(hub.#server, 'listening');
    return hub;
  }

  private constructor(certificate: {key: string; cert: string}) {
    this.#server = createServer(certificate, (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Paths of large files that were sent from their first byte. */
  get wholeDownloads(): readonly string[] {
    return this.requests
      .filter(({path, range, status}) => path.startsWith('/cdn/') && range === null && status === 200)
      .map(({path}) => path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null;
    response.once('close', () => {
      const {method = 'GET', headers} = request;
      this.requests.push({
        method,
        path,
        range: headers.range ?? null,
        token,
        status: response.statusCode,
        isComplete: response.writableFinished,
      });
    });
    if (path === '/' || path === '/v2/') return send(response, path === '/v2/' ? 401 : 200, {});
    if (path.startsWith('/cdn/')) return this.#sendLarge(path, request, response);
    if (this.#refuse(path, token, response)) return;

    const list = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/([^/]+)$/.exec(path);
    if (list !== null) return send(response, 200, this.#view(list[1] ?? ''));
    const asked = /^\/[^/]+\/[^/]+\/resolve\/[^/]+\/(.+)$/.exec(path)?.[1];
    const file = this.files.find(candidate => candidate.path === asked);
    if (file === undefined) return send(response, 404, {error: 'Entry not found'}, {'x-error-code': 'EntryNotFound'});
    response.setHeader('x-repo-commit', hubCommit);
    if (!file.isLarge) {
      response.setHeader('etag', `"${gitHash(file.content)}"`);
      response.writeHead(200, {'content-length': file.content.length});
      response.end(request.method === 'HEAD' ? undefined : file.content);
      return;
    }

    response.setHeader('x-linked-size', file.content.length);
    response.setHeader('x-linked-etag', `"${sha256(file.content)}"`);
    response.writeHead(302, {location: `https://cdn-lfs.huggingface.co/cdn/${sha256(file.content)}`});
    response.end();
  }

  #refuse(path: string, token: string | null, response: ServerResponse): boolean {
    const {refusal} = this.faults;
    const isFile = path.includes('/resolve/');
    if (token !== null && this.token !== null && token !== this.token) {
      send(response, 401, {error: 'Invalid credentials in Authorization header'});
      return true;
    }

    // The list of a gated model is public, its files are not.
    if (isFile && (refusal === 'gated' || (this.token !== null && token === null))) {
      const error = 'Access to this model is restricted. You must have access to it and be authenticated to access it.';
      send(response, token === null ? 401 : 403, {error}, {'x-error-code': 'GatedRepo'});
      return true;
    }

    if (refusal === null || refusal === 'gated') return false;
    const answers = {
      unauthorized: [401, 'Invalid user token.', undefined],
      'rate-limit': [429, 'We had to rate limit your IP.', undefined],
      'model-not-found': [401, 'Invalid username or password.', 'RepoNotFound'],
      'revision-not-found': [404, 'Invalid rev id: nope', 'RevisionNotFound'],
      'server-error': [503, 'Service Unavailable', undefined],
    } as const;
    const [status, error, code] = answers[refusal];
    send(response, status, {error}, code === undefined ? {} : {'x-error-code': code});
    return true;
  }

  #view(id: string) {
    return {
      id,
      sha: hubCommit,
      gated: this.token === null ? false : 'manual',
      private: false,
      siblings: this.files.map(({path, content, isLarge}) => ({
        rfilename: path,
        size: content.length,
        blobId: gitHash(content),
        ...(isLarge && {lfs: {sha256: sha256(content), size: content.length, pointerSize: 135}}),
      })),
    };
  }

  async #sendLarge(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = this.files.find(({content}) => path === `/cdn/${sha256(content)}`);
    if (file === undefined) return send(response, 404, {});
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const size = file.content.length;
    if (from >= size) {
      response.writeHead(416, {'content-range': `bytes */${size}`}).end();
      return;
    }

    const ranged = request.headers.range !== undefined;
    response.writeHead(ranged ? 206 : 200, {
      'content-length': size - from,
      'accept-ranges': 'bytes',
      ...(ranged && {'content-range': `bytes ${from}-${size - 1}/${size}`}),
    });
    const {cutAfterBytes, bytesPerSecond} = this.faults;
    for (let at = from; at < size && !response.destroyed; at += chunkBytes) {
      if (cutAfterBytes !== null && at - from >= cutAfterBytes) {
        resetOf(response);
        return;
      }

      if (!response.write(file.content.subarray(at, at + chunkBytes))) await once(response, 'drain');
      if (bytesPerSecond !== null)
        await new Promise(resolve => setTimeout(resolve, (chunkBytes / bytesPerSecond) * 1000));
    }
    response.end();
  }
}

/** A small model in two pieces, with what a repository has beside its weights. */
export function usualFiles(weightBytes = 300_000): readonly HubFile[] {
  const text = (path: string, content: string): HubFile => ({path, content: Buffer.from(content), isLarge: false});
  const weights = (path: string, seed: number): HubFile => ({
    path,
    content: Buffer.from(Uint8Array.from({length: weightBytes}, (_, at) => (at * 31 + seed * 7) % 251)),
    isLarge: true,
  });
  return [
    text('config.json', '{"architectures":["Qwen3ForCausalLM"]}'),
    text('README.md', '# A model\n'),
    text('tokenizer.json', '{"version":"1.0"}'),
    text('model.safetensors.index.json', '{"weight_map":{}}'),
    weights('model-00001-of-00002.safetensors', 1),
    weights('model-00002-of-00002.safetensors', 2),
    weights('original/consolidated.00.pth', 3),
  ];
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {'content-type': 'application/json', ...headers}).end(JSON.stringify(body));
}

function resetOf(response: ServerResponse): void {
  const socket = response.socket as TLSSocket | null;
  socket?.destroy();
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** How git names a file's content. */
function gitHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
