// HOT PATH. Once per read of a stream: Node's own `write` costs three buffers and a gathering system call per piece, and
// sends pieces of one turn one by one. This puts what one read brought into one chunk, and writes it to the socket itself.
import type {OutgoingHttpHeaders, ServerResponse} from 'node:http';

const lineBreakBytes = 2;
const cr = 0x0d;
const lf = 0x0a;

/** The body of a streamed answer: headers with its first piece, then chunks. The response itself writes the last words. */
export class ClientStream {
  private readonly response: ServerResponse;
  private readonly headers: OutgoingHttpHeaders;
  private direct = false;

  constructor(response: ServerResponse, headers: OutgoingHttpHeaders) {
    this.response = response;
    this.headers = headers;
  }

  /** The pieces are copied. False when the client's socket is full: see `onceDrained`. */
  write(pieces: readonly Uint8Array[]): boolean {
    const {response} = this;
    if (response.destroyed) return true;
    const {socket} = response;
    // Null while an earlier answer on the same connection is not over: then Node has to queue.
    if (this.direct && socket !== null) return socket.write(asChunk(pieces));
    if (!response.headersSent) response.writeHead(200, this.headers);
    this.direct = response.chunkedEncoding;
    return response.write(Buffer.concat(pieces));
  }

  /** The last of the body, which may be all of it. */
  end(lastWords: Uint8Array, unreadTimeoutMs: number): void {
    const {response} = this;
    if (!response.headersSent) response.writeHead(200, this.headers);
    endResponse(response, lastWords, unreadTimeoutMs);
  }

  onceDrained(resume: () => void): void {
    const {response} = this;
    // Whoever filled the socket, it drains; the response tells only of what was written through it.
    (response.socket ?? response).once('drain', resume);
  }
}

/** Ends an answer. A client that then takes nothing of it for so long is cut off. */
export function endResponse(response: ServerResponse, lastBytes: Uint8Array | string, unreadTimeoutMs: number): void {
  response.end(lastBytes);
  const {socket} = response;
  // Node begins anew when the kernel takes some, and waits for the next request instead when it took all.
  if (socket !== null && socket.writableLength > 0) socket.setTimeout(unreadTimeoutMs);
}

/** One chunk of chunked transfer coding (RFC 9112, section 7.1) around the pieces. */
function asChunk(pieces: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const size = length.toString(16);
  const chunk = Buffer.allocUnsafe(size.length + length + 2 * lineBreakBytes);
  let at = chunk.write(size, 0, 'latin1');
  chunk[at++] = cr;
  chunk[at++] = lf;
  for (const piece of pieces) {
    chunk.set(piece, at);
    at += piece.length;
  }

  chunk[at++] = cr;
  chunk[at] = lf;
  return chunk;
}
