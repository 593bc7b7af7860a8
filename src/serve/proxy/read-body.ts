import {isUtf8} from 'node:buffer';
import type {IncomingMessage} from 'node:http';
import {promisify} from 'node:util';
import {brotliDecompress, gunzip, inflate} from 'node:zlib';
import {InventivError} from '../../core/errors.ts';
import type {EndpointTraits} from '../../core/proxy/endpoints.ts';
import {formBoundary} from '../../core/proxy/form-data.ts';
import {asksForMedia, refusePrivateMedia} from './media-urls.ts';

export interface ReadBody {
  readonly body: Buffer;
  /** Null for JSON. */
  readonly boundary: string | null;
}

/**
 * Reads a request body whole, counting while it comes; a compressed one is unpacked under the same limit. Throws
 * `unsupported_encoding`, `body_too_large` (the rest is left unread: close the connection), or `invalid_input`. Rejects
 * when the client leaves.
 */
export async function readBody(
  request: IncomingMessage,
  expected: {kind: EndpointTraits['body']; maxBytes: number},
): Promise<ReadBody> {
  const {kind, maxBytes} = expected;
  const boundary = kind === 'form' ? formOnly(request) : jsonOnly(request);
  const unpack = unpacker(request);
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > maxBytes) throw tooLarge(maxBytes);
  const packed = await collect(request, maxBytes);
  const body = unpack === null ? packed : await unpacked(unpack, packed, maxBytes);
  if (kind === 'json') {
    if (!isUtf8(body)) throw new InventivError('invalid_input', 'The request body is not valid UTF-8.');
    if (asksForMedia(body)) refusePrivateMedia(body);
  }

  return {body, boundary};
}

function jsonOnly(request: IncomingMessage): null {
  const type = request.headers['content-type'];
  if (type === undefined || /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) return null;
  throw new InventivError('unsupported_encoding', 'The request body must be JSON.', {
    hint: 'Send Content-Type: application/json.',
    detailCode: 'unsupported_media_type',
  });
}

function formOnly(request: IncomingMessage): string {
  const boundary = formBoundary(request.headers['content-type']);
  if (boundary !== null) return boundary;
  throw new InventivError('unsupported_encoding', 'The request body must be a form with a file.', {
    hint: 'Send Content-Type: multipart/form-data with a boundary.',
    detailCode: 'unsupported_media_type',
  });
}

type Unpack = (packed: Buffer, options: {maxOutputLength: number}) => Promise<Buffer>;

const unpackers: Readonly<Record<string, Unpack>> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

function unpacker(request: IncomingMessage): Unpack | null {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (encoding === undefined || encoding === 'identity') return null;
  const unpack = Object.hasOwn(unpackers, encoding) ? unpackers[encoding] : undefined;
  if (unpack !== undefined) return unpack;
  throw new InventivError('unsupported_encoding', 'This Content-Encoding is not accepted.', {
    hint: `Use one of: ${Object.keys(unpackers).join(', ')}; or none.`,
  });
}

async function unpacked(unpack: Unpack, packed: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unpack(packed, {maxOutputLength: maxBytes});
  } catch (error) {
    const isBomb = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    if (isBomb) throw tooLarge(maxBytes);
    throw new InventivError('invalid_input', 'The compressed request body cannot be unpacked.', {cause: error});
  }
}

function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) settle(() => reject(tooLarge(maxBytes)));
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks, size)));
    const onGone = (): void =>
      settle(() => reject(new InventivError('invalid_input', 'The client left before the body was complete.')));
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function tooLarge(maxBytes: number): InventivError {
  return new InventivError('body_too_large', `The request body is larger than ${maxBytes} bytes.`);
}
