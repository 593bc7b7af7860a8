import {statfsSync} from 'node:fs';
import {dirname} from 'node:path';
import {InventivError} from '../../core/errors.ts';

const WRITABLE_HINT =
  'Free some space or fix the permissions of that directory, or keep the state elsewhere (see `inventiv config path`).';
const CORRUPT_HINT =
  'Look with `inventiv db check`, then bring back a backup with `inventiv db restore FILE`. The damaged file is kept.';

/** With less than this an I/O error is the full disk: SQLite's shared memory and one commit may need as much. */
const FULL_BELOW_BYTES = 1024 * 1024;

/** A failure of the file system or of SQLite as one with a place in the catalogue; constraint violations pass unchanged. */
export function translateSqliteError(thrown: unknown, path: string, freeBytesIn = freeBytes): unknown {
  const code = errorCode(thrown);
  if (thrown instanceof InventivError || code === null) return thrown;
  const said = thrown instanceof Error ? thrown.message : String(thrown);

  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return storeCorrupt(path, said, thrown);
  }

  const isFull = code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT';
  // Where a mapped file cannot grow, SQLite tells an I/O error and not a full disk.
  const free = isFull || code.startsWith('SQLITE_IOERR') ? freeBytesIn(dirname(path)) : null;
  if (isFull || (free !== null && free < FULL_BELOW_BYTES)) {
    return unwritable(`The disk that holds the database ${path} is full${roomText(free, dirname(path))}.`, thrown);
  }

  if (code === 'EISDIR') {
    return unwritable(`Expected a database file at ${path}, found a directory.`, thrown);
  }

  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new InventivError('timed_out', `Another process kept the database ${path} busy for too long.`, {
      hint: 'Try again; see which inventiv processes run with `ps aux | grep inventiv`.',
      retryable: true,
      cause: thrown,
    });
  }

  if (/^(E[A-Z]+|SQLITE_(CANTOPEN|READONLY|IOERR|PERM|AUTH)(_[A-Z]+)*)$/.test(code)) {
    return unwritable(`Cannot write the database ${path} (${said}).`, thrown);
  }

  return thrown;
}

export function storeCorrupt(path: string, found: string, cause?: unknown): InventivError {
  return new InventivError('store_corrupt', `The database ${path} is damaged: ${found}.`, {hint: CORRUPT_HINT, cause});
}

export function isBusy(thrown: unknown): boolean {
  return errorCode(thrown)?.startsWith('SQLITE_BUSY') ?? false;
}

export function errorCode(thrown: unknown): string | null {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
}

/** Null where even that cannot be read. */
function freeBytes(directory: string): number | null {
  try {
    const {bavail, bsize} = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function roomText(free: number | null, directory: string): string {
  if (free === null) return '';
  const size = free < 1e6 ? `${Math.floor(free / 1e3)} kB` : `${Math.floor(free / 1e6)} MB`;
  return `: ${size} are free in ${directory}${free < FULL_BELOW_BYTES ? '' : ', so a quota may be used up'}`;
}

function unwritable(message: string, cause: unknown): InventivError {
  return new InventivError('store_unwritable', message, {hint: WRITABLE_HINT, cause});
}
