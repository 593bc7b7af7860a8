import {spawn} from 'node:child_process';
import {constants} from 'node:os';
import {InventivError} from '../../core/errors.ts';

/** Runs a program on this terminal until it ends; its exit status, 128 + n for signal n. Ctrl-C is the program's affair. */
export async function runProgram([program = '', ...args]: readonly string[]): Promise<number> {
  const leaveToProgram = (): void => {};
  process.on('SIGINT', leaveToProgram);
  try {
    const child = spawn(program, args, {stdio: 'inherit'});
    const {promise, resolve, reject} = Promise.withResolvers<number>();
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    return await promise;
  } catch (error) {
    throw new InventivError('invalid_config', `The program "${program}" could not be started.`, {
      hint: `Install it (Debian, Ubuntu: apt install openssh-client), or see the command: inventiv ssh NAME --print`,
      cause: error,
    });
  } finally {
    process.off('SIGINT', leaveToProgram);
  }
}
