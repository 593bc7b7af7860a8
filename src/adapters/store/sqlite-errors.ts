import {InventivError} from '../../core/errors.ts';

const WRITABLE_HINT =
  'Free some space or fix the permissions of that directory, or keep the state elsewhere (see `inventiv config path`).';
const CORRUPT_HINT =
  'Look with `inventiv db check`, then bring back a backup with `inventiv db restore FILE`. The damaged file is kept.';

/** A failure of the file system or of SQLite as one with a place in the catalogue; constraint violations pass unchanged. */
export function translateSqliteError(thrown: unknown, path: string): unknown {
  const code = errorCode(thrown);
  if (thrown instanceof InventivError || code === null) return thrown;
  const said = thrown instanceof Error ? thrown.message : String(thrown);

  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return storeCorrupt(path, said, thrown);
  }

  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return unwritable(`The disk that holds the database ${path} is full.`, thrown);
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

function unwritable(message: string, cause: unknown): InventivError {
  return new InventivError('store_unwritable', message, {hint: WRITABLE_HINT, cause});
}
