import {once} from 'node:events';

/** Resolves when the stream can take more: a slow reader of a pipe holds up who writes, and memory stays small. */
export async function writeFully(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (text !== '' && !stream.write(text)) await once(stream, 'drain');
}
