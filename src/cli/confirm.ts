import {createInterface} from 'node:readline/promises';
import {InventivError} from '../core/errors.ts';

export interface ConfirmOptions {
  /** `--yes`: asked nothing, goes on. */
  readonly yes: boolean;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Asks on the terminal; anything but yes is no. Without a terminal nobody can answer, so `--yes` is needed. */
export async function confirm(question: string, options: ConfirmOptions): Promise<boolean> {
  if (options.yes) return true;
  if (options.stdin.isTTY !== true) {
    throw new InventivError('invalid_input', 'This asks before it goes on, and there is no terminal to ask on.', {
      hint: 'Add --yes when you are sure.',
    });
  }

  const terminal = createInterface({input: options.stdin, output: options.stderr});
  const interrupted = new Promise<string>(resolve =>
    terminal.once('SIGINT', () => resolve('no')).once('close', () => resolve('no')),
  );
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), interrupted]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
