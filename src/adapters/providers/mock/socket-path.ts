import {createHash} from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {InventivError} from '../../../core/errors.ts';

/** sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero included. */
const socketPathBytesMax = 103;
const recordFile = 'socket-path';

/**
 * Where the cloud of this directory listens: inside it, or, when that path is too long for a socket, in a private
 * directory under the temporary one. The choice is recorded so that everyone agrees whatever their TMPDIR.
 */
export function cloudSocketPath(cloudDir: string): string {
  mkdirSync(cloudDir, {recursive: true, mode: 0o700});
  accessSync(cloudDir, constants.R_OK | constants.W_OK | constants.X_OK);
  const inside = join(realpathSync(cloudDir), 'cloud.sock');
  if (Buffer.byteLength(inside) <= socketPathBytesMax) return inside;

  const recorded = readRecord(cloudDir) ?? record(cloudDir, join(shortDirectory(inside), 'cloud.sock'));
  ensurePrivate(join(recorded, '..'));
  return recorded;
}

function shortDirectory(inside: string): string {
  const name = `inventiv-${createHash('sha256').update(inside).digest('hex').slice(0, 20)}`;
  const preferred = join(tmpdir(), name);
  return Buffer.byteLength(join(preferred, 'cloud.sock')) <= socketPathBytesMax ? preferred : join('/tmp', name);
}

function record(cloudDir: string, path: string): string {
  try {
    writeFileSync(join(cloudDir, recordFile), path, {flag: 'wx', mode: 0o600});
    return path;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return readRecord(cloudDir) ?? path;
  }
}

function readRecord(cloudDir: string): string | null {
  try {
    return readFileSync(join(cloudDir, recordFile), 'utf8').trim() || null;
  } catch {
    return null;
  }
}

/** The temporary directory is shared: a directory that somebody else made there under our name is refused. */
function ensurePrivate(directory: string): void {
  mkdirSync(directory, {recursive: true, mode: 0o700});
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new InventivError('invalid_config', `expected ${directory} to be a directory of yours, and it is not.`, {
      hint: 'Remove it, or choose a shorter state directory.',
    });
  }
  chmodSync(directory, 0o700);
}
