import {randomBytes} from 'node:crypto';
import {closeSync, fsyncSync, linkSync, mkdirSync, openSync, unlinkSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';
import {InventivError} from '../core/errors.ts';

/**
 * Makes a file for its owner alone (0600, in a folder of 0700). Linked into place: of two processes at once one wins, and
 * a crash never leaves half a file. What is there already stays as it is. `what` names it in the error, `store_unwritable`.
 */
export function createPrivateFile(path: string, what: string, content: () => Uint8Array | string): void {
  try {
    mkdirSync(dirname(path), {recursive: true, mode: 0o700});
    linkIntoPlace(path, content());
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    throw new InventivError('store_unwritable', `The ${what} ${path} could not be made.`, {
      hint: 'Check the permissions of its folder.',
      cause: error,
    });
  }
}

function linkIntoPlace(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, Buffer.from(content));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }

  try {
    linkSync(temporary, path);
  } finally {
    unlinkSync(temporary);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
