import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import Database from 'better-sqlite3';
import {afterEach, beforeEach} from 'vitest';
import {openSqliteStore} from '../../../src/adapters/store/open-sqlite-store.ts';
import type {Store} from '../../../src/ports/store.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {seededIds} from '../../support/seeded-ids.ts';
import {migrationsDir} from './paths.ts';

/** A directory of its own for each test, removed afterwards. */
export function useDirectory(): (...names: readonly string[]) => string {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'inventiv-store-'));
  });
  afterEach(() => rmSync(directory, {recursive: true, force: true}));
  return (...names) => join(directory, ...names);
}

export function openStore(path: string, options: {migrationsDir?: string; seed?: number} = {}): Promise<Store> {
  return openSqliteStore({
    path,
    migrationsDir: options.migrationsDir ?? migrationsDir,
    clock: new FakeClock(),
    ids: seededIds(options.seed ?? 1),
  });
}

/** Makes a store with its default organization and closes it. */
export async function makeStore(path: string): Promise<string> {
  await using store = await openStore(path);
  return (await store.organizations.ensureDefault({userName: 'operator'})).organization.id;
}

/** Touches the file behind the store's back. */
export function tamper(path: string, sql: string): void {
  const database = new Database(path);
  database.pragma('foreign_keys = off');
  database.exec(sql);
  database.close();
}
