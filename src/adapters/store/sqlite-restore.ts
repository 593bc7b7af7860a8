import {constants, copyFileSync, existsSync, linkSync, renameSync, rmSync} from 'node:fs';
import {dirname} from 'node:path';
import Database from 'better-sqlite3';
import {InventivError} from '../../core/errors.ts';
import {isoTime} from '../../core/time.ts';
import {makeDirectory} from './make-directory.ts';
import {copyDatabase, syncPath} from './sqlite-backup.ts';
import {errorCode, isBusy, storeCorrupt, translateSqliteError} from './sqlite-errors.ts';

export interface RestoreRequest {
  readonly fromPath: string;
  /** The store to replace. */
  readonly path: string;
  readonly nowMs: number;
  /** Looks at the copy beside the store; a finding refuses the restore. */
  verify(copyPath: string): Promise<readonly string[]>;
}

/**
 * Puts a backup in the place of the store. The backup is copied beside the store and checked there; the present store is
 * held alone (else `conflict`), kept under a new name, and replaced by one rename: at every moment one whole store is there.
 */
export async function restoreSqlite({
  fromPath,
  path,
  nowMs,
  verify,
}: RestoreRequest): Promise<{previousKeptAt: string | null}> {
  const incoming = `${path}.incoming-${process.pid}`;
  try {
    makeDirectory(dirname(path));
    await copyDatabase(fromPath, incoming);
    const [finding] = await verify(incoming);
    if (finding !== undefined) throw storeCorrupt(fromPath, finding);
    return {previousKeptAt: replace(path, incoming, nowMs)};
  } catch (thrown) {
    throw translateSqliteError(thrown, path);
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(incoming + suffix, {force: true});
  }
}

function replace(path: string, incoming: string, nowMs: number): string | null {
  if (!existsSync(path)) {
    renameSync(incoming, path);
    syncPath(dirname(path));
    return null;
  }

  const held = holdAlone(path);
  try {
    const keptAt = `${path}.before-restore-${isoTime(nowMs).replace(/[-:.]/g, '')}`;
    keep(path, keptAt);
    renameSync(incoming, path);
    syncPath(dirname(path));
    return keptAt;
  } finally {
    held?.close();
  }
}

/**
 * Locks the present store against all others, its -wal folded in. Leaving WAL mode needs the file alone, so it fails while
 * another process merely has it open. Null when the store is too damaged to be opened by anyone.
 */
function holdAlone(path: string): Database.Database | null {
  const database = new Database(path, {timeout: 0});
  try {
    database.pragma('journal_mode = delete');
    database.exec('begin exclusive');
    return database;
  } catch (thrown) {
    database.close();
    if (!isBusy(thrown)) {
      if (errorCode(translateSqliteError(thrown, path)) === 'store_corrupt') return null;
      throw thrown;
    }

    throw new InventivError('conflict', `The database ${path} is in use by another process.`, {
      hint: 'Stop `inventiv serve` and other inventiv commands, then restore again.',
      retryable: true,
    });
  }
}

/** Side files of a damaged store belong to it and must not meet the new one. */
function keep(path: string, keptAt: string): void {
  try {
    linkSync(path, keptAt);
  } catch (thrown) {
    // Some file systems know no hard links.
    if (errorCode(thrown) === 'EEXIST') throw thrown;
    copyFileSync(path, keptAt, constants.COPYFILE_EXCL);
  }

  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, keptAt + suffix);
  }
}
