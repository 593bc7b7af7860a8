import {InventivError} from '../core/errors.ts';

const stdinCharsMax = 4_000_000;

/** All of a piped stdin as text. */
export async function readStdin(stdin: NodeJS.ReadStream): Promise<string> {
  stdin.setEncoding('utf8');
  let text = '';
  for await (const piece of stdin) {
    text += String(piece);
    if (text.length > stdinCharsMax) {
      throw new InventivError('body_too_large', `The input has more than ${stdinCharsMax} characters.`, {
        hint: 'Send less at once.',
      });
    }
  }

  return text;
}
