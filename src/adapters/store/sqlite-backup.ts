import {closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import Database from 'better-sqlite3';
import {InventivError} from '../../core/errors.ts';
import {LOCK_WAIT_MAX_MS} from './sqlite-driver.ts';
import {storeCorrupt, translateSqliteError} from './sqlite-errors.ts';

const FILE_MODE = 0o600;

/** Writes a sound single-file copy of a live database, whole or not at all. Never overwrites. */
export async function backupSqlite(path: string, toPath: string): Promise<{bytes: number}> {
  if (existsSync(toPath)) {
    throw new InventivError('conflict', `Expected a new file for the backup, but ${toPath} is there already.`, {
      hint: 'Give another name, or move that file away.',
    });
  }

  const partial = `${toPath}.partial-${process.pid}`;
  try {
    await copyDatabase(path, partial);
    renameSync(partial, toPath);
    syncPath(dirname(toPath));
    return {bytes: statSync(toPath).size};
  } catch (thrown) {
    throw translateSqliteError(thrown, toPath);
  } finally {
    rmSync(partial, {force: true});
  }
}

/**
 * Copies pages with SQLite's online backup, so that other processes go on writing; the copy includes what is still in the
 * -wal file, is checked, needs no side files, and is on disk when this returns.
 */
export async function copyDatabase(path: string, toPath: string): Promise<void> {
  closeSync(openSync(toPath, 'wx', FILE_MODE));
  const source = new Database(path, {readonly: true, fileMustExist: true, timeout: LOCK_WAIT_MAX_MS});
  try {
    await source.backup(toPath);
  } catch (thrown) {
    throw translateSqliteError(thrown, path);
  } finally {
    source.close();
  }

  const copy = new Database(toPath, {fileMustExist: true});
  try {
    copy.pragma('journal_mode = delete');
    const verdict = copy.pragma('integrity_check(1)', {simple: true});
    if (verdict !== 'ok') throw storeCorrupt(path, String(verdict));
  } finally {
    copy.close();
  }

  syncPath(toPath);
}

export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
