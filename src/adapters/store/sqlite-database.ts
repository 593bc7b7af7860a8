import {closeSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import Database from 'better-sqlite3';
import {Kysely} from 'kysely';
import {makeDirectory} from './make-directory.ts';
import {LOCK_WAIT_MAX_MS, retryWhileBusy, SqliteConnectionDriver, sqliteKyselyDialect} from './sqlite-driver.ts';
import {errorCode, translateSqliteError} from './sqlite-errors.ts';
import type {Tables} from './tables.ts';

const FILE_MODE = 0o600;

export interface SqliteDatabase {
  readonly db: Kysely<Tables>;
  changeToken(): string;
  close(): Promise<void>;
}

/**
 * Opens the database file, making it and its directory for the present user alone when they are not there. Nothing is
 * migrated. Throws `store_unwritable` or `store_corrupt`.
 */
export async function openSqliteDatabase(path: string, blockMaxMs = Number.POSITIVE_INFINITY): Promise<SqliteDatabase> {
  let raw: Database.Database | null = null;
  try {
    createPrivately(path);
    const opened = new Database(path, {timeout: LOCK_WAIT_MAX_MS});
    raw = opened;
    // Changing to WAL needs the file alone, and does not wait for it: at a first start two processes may meet here.
    await retryWhileBusy(() => opened.pragma('journal_mode = wal'), path);
    opened.pragma('foreign_keys = on');
    // With WAL, NORMAL syncs at checkpoints only. A crash of the program loses nothing; a power cut may lose the last
    // commits but never damages the file, and what they recorded is found again at the provider by name.
    opened.pragma('synchronous = normal');
    const driver = new SqliteConnectionDriver(opened, blockMaxMs);
    const db = new Kysely<Tables>({dialect: sqliteKyselyDialect(driver)});
    return {db, changeToken: () => driver.changeToken(), close: () => close(db, opened)};
  } catch (thrown) {
    raw?.close();
    throw translateSqliteError(thrown, path);
  }
}

/** SQLite gives its -wal and -shm files the mode of the database file, so that is made first, and empty. */
function createPrivately(path: string): void {
  makeDirectory(dirname(path));
  try {
    closeSync(openSync(path, 'wx', FILE_MODE));
  } catch (thrown) {
    if (errorCode(thrown) !== 'EEXIST') throw thrown;
  }
}

/** Kysely closes only what was used, after the queries under way. */
async function close(db: Kysely<Tables>, raw: Database.Database): Promise<void> {
  await db.destroy();
  raw.close();
}
