import {unavailable} from './refusal.ts';

/** A page of a hundred servers is about half a megabyte. */
const bodyBytesMax = 16 * 1024 * 1024;

/** The whole body as text; an endless one is cut off with an error instead of filling the memory. */
export async function readBodyText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let sizeBytes = 0;
  for await (const chunk of response.body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > bodyBytesMax) {
      throw unavailable(`Scaleway answered with more than ${bodyBytesMax} bytes.`, 'answer_too_large');
    }
    text += decoder.decode(chunk, {stream: true});
  }
  return text + decoder.decode();
}
