/**
 * Everything in which database engines differ, beside the driver itself. The queries and the migrations use only what
 * SQLite and PostgreSQL share: `insert ... on conflict`, `returning`, partial unique indexes, text, bigint, double.
 *
 * Writers are serialized differently: SQLite by `begin immediate` (see sqlite-driver.ts), PostgreSQL by the row locks that
 * the first statement of each change takes (`update ... set revision = revision + 1`, `update audit_head ...`).
 */
export interface StoreDialect {
  /** Column definition for `{{identity}}` in migrations: an integer primary key that rises and is never used twice. */
  readonly identity: string;
  /** Names of the tables that are there, one column `name`. */
  readonly listTablesSql: string;
  /** Findings of the engine's own integrity check, one column `finding`; no row when all is well. */
  readonly integritySql: readonly string[];
  violation(thrown: unknown): 'unique' | 'foreign_key' | 'check' | null;
  isMissingTable(thrown: unknown): boolean;
}

export const sqliteStoreDialect: StoreDialect = {
  identity: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  listTablesSql: `select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'`,
  integritySql: [
    `select integrity_check as finding from pragma_integrity_check where integrity_check <> 'ok'`,
    `select 'row ' || coalesce(rowid, '?') || ' of ' || "table" || ' refers to a row of ' || "parent" || ' that is not there' as finding
     from pragma_foreign_key_check limit 100`,
  ],
  violation(thrown) {
    const code = sqliteCode(thrown);
    if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') return 'unique';
    if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return 'foreign_key';
    return code === 'SQLITE_CONSTRAINT_CHECK' ? 'check' : null;
  },
  isMissingTable: thrown => thrown instanceof Error && thrown.message.startsWith('no such table'),
};

function sqliteCode(thrown: unknown): string | null {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
}
