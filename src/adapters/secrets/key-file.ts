import {randomBytes} from 'node:crypto';
import {readFileSync, statSync} from 'node:fs';
import {InventivError} from '../../core/errors.ts';
import {createPrivateFile} from '../private-file.ts';

const keyBytes = 32;

/** The installation's key in a file of its own, made at first use: 32 random bytes, mode 0600. */
export function readOrCreateKeyFile(path: string): Uint8Array {
  const present = readKeyFile(path);
  if (present !== null) return present;
  createPrivateFile(path, 'key file', () => randomBytes(keyBytes));
  const made = readKeyFile(path);
  if (made === null) {
    throw new InventivError('store_unwritable', `The key file ${path} could not be made.`, {
      hint: 'Check the permissions of its folder.',
    });
  }

  return made;
}

/** Null when there is no such file. */
export function readKeyFile(path: string): Uint8Array | null {
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

export function keyToText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}

/** 32 bytes as 64 hexadecimal digits or as base64; `source` names it in the error, which never repeats the text. */
export function keyFromText(text: string, source: string): Uint8Array {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64');
  const isText = /^([0-9a-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/i.test(trimmed);
  if (isText && key.length === keyBytes) return key;
  throw new InventivError('invalid_config', `${source} does not hold ${keyBytes} bytes as hexadecimal or base64.`, {
    hint: 'Make one with: openssl rand -base64 32',
  });
}
