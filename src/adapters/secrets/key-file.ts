import {randomBytes} from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import {dirname} from 'node:path';
import {InventivError} from '../../core/errors.ts';

const keyBytes = 32;

/**
 * The installation's key, made at first use: 32 random bytes, mode 0600. Linked into place, so that of two processes
 * starting at once one wins and both read the same key, and a crash never leaves half a key.
 */
export function readOrCreateKeyFile(path: string): Uint8Array {
  return tryRead(path) ?? create(path);
}

function create(path: string): Uint8Array {
  mkdirSync(dirname(path), {recursive: true, mode: 0o700});
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(keyBytes));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }

  try {
    linkSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(temporary);
  }

  const key = tryRead(path);
  if (key === null)
    throw new InventivError('store_unwritable', `The key file ${path} could not be made.`, {
      hint: 'Check the permissions of its folder.',
    });
  return key;
}

function tryRead(path: string): Uint8Array | null {
  let key: Uint8Array;
  try {
    key = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new InventivError('store_unwritable', `The key file ${path} could not be read.`, {
      hint: `Check its owner and mode: chmod 600 ${path}`,
      cause: error,
    });
  }

  if (key.length !== keyBytes) {
    throw new InventivError(
      'invalid_config',
      `The key file ${path} has ${key.length} bytes; ${keyBytes} were expected.`,
      {
        hint: 'Put the right file back from a backup: without it, stored worker keys and credentials cannot be opened.',
      },
    );
  }

  if ((statSync(path).mode & 0o077) !== 0) {
    throw new InventivError('invalid_config', `The key file ${path} can be read by others.`, {
      hint: `Run: chmod 600 ${path}`,
    });
  }

  return key;
}
