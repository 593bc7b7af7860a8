import {createInterface} from 'node:readline/promises';
import {Writable} from 'node:stream';
import {InventivError} from '../../core/errors.ts';
import type {CredentialValues} from './parse-values.ts';

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  /** Questions go here, and what is typed except the secret key. */
  readonly output: NodeJS.WritableStream;
}

/** Asks one value after the other. The secret key is not shown while it is typed or pasted. */
export async function askCredentialValues(terminal: Terminal): Promise<CredentialValues> {
  const accessKey = await ask(terminal, 'Access key (SCW...): ', {isSecret: false});
  const secretKey = await ask(terminal, 'Secret key (not shown): ', {isSecret: true});
  const projectId = await ask(terminal, 'Project id: ', {isSecret: false});
  return {accessKey, secretKey, projectId};
}

/** The line editor echoes to its output: for a secret that is a hole, and the question is written beside it. */
async function ask({input, output}: Terminal, question: string, {isSecret}: {isSecret: boolean}): Promise<string> {
  const hole = new Writable({write: (_chunk, _encoding, done) => done()});
  if (isSecret) output.write(question);
  const editor = createInterface({input, output: isSecret ? hole : output, terminal: true, historySize: 0});
  const ended = new Promise<null>(resolve =>
    editor.once('SIGINT', () => resolve(null)).once('close', () => resolve(null)),
  );
  try {
    const answer = await Promise.race([editor.question(isSecret ? '' : question), ended]);
    if (answer === null) throw new InventivError('invalid_input', 'Stopped: nothing was stored.');
    return answer.trim();
  } finally {
    editor.close();
    if (isSecret) output.write('\n');
  }
}
