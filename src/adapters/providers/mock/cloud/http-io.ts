import type {IncomingMessage, ServerResponse} from 'node:http';
import {CloudError, invalid} from './cloud-error.ts';

const bodyBytesMax = 32 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw invalid(`body: at most ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function parseObject(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw invalid('body: not JSON');
  }
  if (!isRecord(value)) throw invalid('body: expected an object');
  return value;
}

export function answer(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed || response.headersSent) return;
  if (value === null) {
    response.writeHead(204).end();
    return;
  }
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(value));
}

/** Anything thrown, as the cloud's error answer; returns its status and type for the log. */
export function answerError(response: ServerResponse, thrown: unknown): {status: number; errorType: string} {
  const error =
    thrown instanceof CloudError
      ? thrown
      : new CloudError({type: 'server_error', message: thrown instanceof Error ? thrown.message : String(thrown)});
  if (response.headersSent) response.destroy();
  else answer(response, error.status, error.body);
  return {status: error.status, errorType: error.body.type};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
