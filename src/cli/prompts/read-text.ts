import {isUtf8} from 'node:buffer';
import {readFileSync, statSync} from 'node:fs';
import {InventivError} from '../../core/errors.ts';
import {promptMaxChars} from '../../core/prompts/prompt.ts';
import {readStdin} from '../read-stdin.ts';

/** Every character has at most four bytes in UTF-8. */
const fileBytesMax = promptMaxChars * 4;

/** The text of a prompt: the argument, a file, or (with `-`, or piped) stdin. */
export async function readPromptText(
  {argument, file}: {argument: string | undefined; file: string | undefined},
  stdin: NodeJS.ReadStream,
): Promise<string> {
  if (argument !== undefined && argument !== '-' && file !== undefined) {
    throw new InventivError('invalid_input', 'expected the text or --file, got both', {param: '--file'});
  }

  if (file !== undefined && file !== '-') return readPromptFile(file);
  if (argument !== undefined && argument !== '-') return argument;
  if (argument === undefined && file === undefined && stdin.isTTY) {
    throw new InventivError('invalid_input', 'expected the text of a system prompt, got nothing', {
      hint: 'Give it as an argument, with --file, or on stdin.',
      param: 'text',
    });
  }

  return await readStdin(stdin);
}

function readPromptFile(file: string): string {
  const fail = (reason: string, cause?: unknown) =>
    new InventivError('invalid_input', `--file: cannot read a prompt from ${file}: ${reason}`, {
      param: '--file',
      cause,
    });
  let bytes: Buffer;
  try {
    if (statSync(file).size > fileBytesMax) throw new Error(`it is larger than ${fileBytesMax} bytes`);
    bytes = readFileSync(file);
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error), error);
  }

  if (!isUtf8(bytes)) throw fail('it is not UTF-8 text');
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
