import {existsSync, statSync} from 'node:fs';
import {sql} from 'kysely';
import {InventivError} from '../../core/errors.ts';
import type {Clock} from '../../ports/clock.ts';
import type {StoreMaintenance} from '../../ports/store.ts';
import {verifyAuditChain} from './audit.ts';
import {sqliteStoreDialect} from './dialect.ts';
import {compareApplied, migrate, readApplied, readSchemaVersion, refuseNewer} from './migrate.ts';
import {listMigrations} from './migrations.ts';
import {backupSqlite} from './sqlite-backup.ts';
import {openSqliteDatabase} from './sqlite-database.ts';
import {restoreSqlite} from './sqlite-restore.ts';
import {type Db, readTogether} from './transaction.ts';

export interface SqliteMaintenanceOptions {
  readonly path: string;
  readonly migrationsDir: string;
  readonly clock: Clock;
}

/** Looks after the database file; opens it for each call alone, and never makes one except in `migrate`. */
export function sqliteMaintenance({path, migrationsDir, clock}: SqliteMaintenanceOptions): StoreMaintenance {
  const dialect = sqliteStoreDialect;
  const check = async (file: string): Promise<readonly string[]> => {
    try {
      return await withDatabase(file, db => readTogether(db, tx => findings(tx, migrationsDir, file)));
    } catch (thrown) {
      // Too damaged to be read at all is a finding like others.
      if (thrown instanceof InventivError && thrown.code === 'store_corrupt') return [thrown.message];
      throw thrown;
    }
  };

  return {
    async status() {
      const files = listMigrations(migrationsDir);
      const exists = existsSync(path);
      const schemaVersion = exists ? await withDatabase(path, db => readSchemaVersion(db, dialect)) : null;
      return {
        location: path,
        exists,
        schemaVersion,
        programVersion: files.length,
        pending: files.slice(schemaVersion ?? 0).map(file => file.name),
        bytes: sizeOf(path) + sizeOf(`${path}-wal`),
      };
    },

    migrate: () =>
      withDatabase(path, async db => ({applied: await migrate({db, dialect, clock, migrationsDir, location: path})})),

    check: async () => (existsSync(path) ? check(path) : []),

    async backup(toPath) {
      requireFile(path, 'database');
      return backupSqlite(path, toPath);
    },

    async restore(fromPath) {
      requireFile(fromPath, 'backup');
      return restoreSqlite({
        fromPath,
        path,
        nowMs: clock.nowMs(),
        verify: async copy => {
          const version = await withDatabase(copy, db => readSchemaVersion(db, dialect));
          if (version === null) return ['it holds no inventiv schema'];
          refuseNewer(version, listMigrations(migrationsDir), fromPath);
          return check(copy);
        },
      });
    },
  };
}

async function findings(db: Db, migrationsDir: string, location: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const query of sqliteStoreDialect.integritySql) {
    const {rows} = await sql.raw<{finding: string}>(query).execute(db);
    found.push(...rows.map(row => row.finding));
  }

  const version = await readSchemaVersion(db, sqliteStoreDialect);
  if (version === null) return [...found, 'no migration was ever applied'];
  const files = listMigrations(migrationsDir);
  refuseNewer(version, files, location);
  found.push(...compareApplied(await readApplied(db), files, sqliteStoreDialect));

  const chain = await verifyAuditChain(db);
  if (!chain.ok)
    found.push(`the audit log was altered: its chain breaks after ${chain.rows} entries, at ${chain.firstBadId}`);
  return found;
}

async function withDatabase<Result>(path: string, work: (db: Db) => Promise<Result>): Promise<Result> {
  const {db, close} = await openSqliteDatabase(path);
  try {
    return await work(db);
  } finally {
    await close();
  }
}

function requireFile(path: string, what: string): void {
  if (existsSync(path) && statSync(path).isFile()) return;
  throw new InventivError('not_found', `There is no ${what} at ${path}.`, {
    hint:
      what === 'backup'
        ? 'Give the file that `inventiv db backup FILE` wrote.'
        : 'It is made by the first command that needs it.',
  });
}

function sizeOf(path: string): number {
  return statSync(path, {throwIfNoEntry: false})?.size ?? 0;
}
