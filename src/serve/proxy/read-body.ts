import {isUtf8} from 'node:buffer';
import type {IncomingMessage} from 'node:http';
import {InventivError} from '../../core/errors.ts';

/**
 * Reads a JSON request body whole, counting while it comes. Throws `unsupported_encoding`, `body_too_large` (the rest is
 * left unread: close the connection), or `invalid_input`. Rejects when the client leaves.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  refuseEncodings(request);
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > maxBytes) throw tooLarge(maxBytes);
  const body = await collect(request, maxBytes);
  if (!isUtf8(body)) throw new InventivError('invalid_input', 'The request body is not valid UTF-8.');
  return body;
}

function refuseEncodings(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new InventivError('unsupported_encoding', 'Compressed request bodies are not accepted.', {
      hint: 'Send the body without Content-Encoding.',
    });
  }

  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new InventivError('unsupported_encoding', 'The request body must be JSON.', {
      hint: 'Send Content-Type: application/json.',
      detailCode: 'unsupported_media_type',
    });
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
