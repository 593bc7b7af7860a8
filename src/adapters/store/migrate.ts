import {type Kysely, sql, type Transaction} from 'kysely';
import {InventivError} from '../../core/errors.ts';
import {storeNewer} from '../../core/store-newer.ts';
import type {Clock} from '../../ports/clock.ts';
import type {StoreDialect} from './dialect.ts';
import {listMigrations, type MigrationFile, readMigration} from './migrations.ts';
import {storeCorrupt} from './sqlite-errors.ts';
import type {SchemaMigrationRow, Tables} from './tables.ts';

export interface MigrateRequest {
  readonly db: Kysely<Tables>;
  readonly dialect: StoreDialect;
  readonly clock: Clock;
  readonly migrationsDir: string;
  /** Where the database is, for messages. */
  readonly location: string;
}

/**
 * Brings the schema to the program's version, one transaction per migration, and returns what was applied. An up-to-date
 * store costs one directory listing and one query. Throws `store_newer`, or `store_corrupt` when an applied migration differs
 * from the program's or the tables are not inventiv's.
 */
export async function migrate(request: MigrateRequest): Promise<readonly string[]> {
  const files = listMigrations(request.migrationsDir);
  const found = await readSchemaVersion(request.db, request.dialect);
  refuseNewer(found ?? 0, files, request.location);
  if (found === files.length) return [];

  const applied: string[] = [];
  for (const file of files.slice(found ?? 0)) {
    if (await applyOne(request, files, file)) applied.push(file.name);
  }

  return applied;
}

/** Version of the newest applied migration; null where no migration was ever applied. */
export async function readSchemaVersion(db: Kysely<Tables>, dialect: StoreDialect): Promise<number | null> {
  try {
    const row = await db
      .selectFrom('schema_migrations')
      .select(({fn}) => fn.max('version').as('version'))
      .executeTakeFirst();
    return row?.version == null ? null : Number(row.version);
  } catch (thrown) {
    if (dialect.isMissingTable(thrown)) return null;
    throw thrown;
  }
}

/** What differs between the applied migrations and the program's, in words; empty when nothing does. */
export function compareApplied(
  applied: readonly SchemaMigrationRow[],
  files: readonly MigrationFile[],
  dialect: StoreDialect,
): readonly string[] {
  return applied.flatMap((row, index) => {
    const file = files[index];
    if (row.version !== index + 1) return [`migration ${index + 1} was never recorded`];
    if (!file) return [];
    return readMigration(file, dialect.identity).checksum === row.checksum
      ? []
      : [`migration ${file.name} was altered after it was applied (its checksum differs)`];
  });
}

export function readApplied(db: Kysely<Tables>): Promise<SchemaMigrationRow[]> {
  return db.selectFrom('schema_migrations').selectAll().orderBy('version').execute();
}

export function refuseNewer(version: number, files: readonly MigrationFile[], location: string): void {
  if (version <= files.length) return;
  throw storeNewer(location, version, files.length);
}

/** False when another process applied it in the meantime. */
function applyOne(request: MigrateRequest, files: readonly MigrationFile[], file: MigrationFile): Promise<boolean> {
  return request.db.transaction().execute(async tx => {
    await ensureMigrationTable(tx, request);
    const applied = await readApplied(tx);
    refuseNewer(applied.length, files, request.location);
    const [difference] = compareApplied(applied, files, request.dialect);
    if (difference) throw storeCorrupt(request.location, difference);
    if (applied.length >= file.version) return false;

    const {statements, checksum} = readMigration(file, request.dialect.identity);
    for (const statement of statements) {
      await sql.raw(statement).execute(tx);
    }

    const row = {version: file.version, name: file.name, checksum, applied_at_ms: request.clock.nowMs()};
    await tx.insertInto('schema_migrations').values(row).execute();
    return true;
  });
}

async function ensureMigrationTable(tx: Transaction<Tables>, request: MigrateRequest): Promise<void> {
  const {rows} = await sql.raw<{name: string}>(request.dialect.listTablesSql).execute(tx);
  if (rows.some(row => row.name === 'schema_migrations')) return;

  if (rows.length > 0) {
    throw new InventivError(
      'store_corrupt',
      `The database ${request.location} belongs to another program: it has a table "${rows[0]?.name}".`,
      {
        hint: 'Move that file away, or keep the state elsewhere (see `inventiv config path`).',
      },
    );
  }

  await sql`create table schema_migrations (version bigint primary key, name text not null, checksum text not null, applied_at_ms bigint not null)`.execute(
    tx,
  );
}
