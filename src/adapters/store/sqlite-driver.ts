import {setImmediate as turn, setTimeout as wait} from 'node:timers/promises';
import type {Database, Statement} from 'better-sqlite3';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import {isBusy, translateSqliteError} from './sqlite-errors.ts';

/** How long anything waits for a lock of another process before it gives up. */
export const LOCK_WAIT_MAX_MS = 15_000;
/** How long `begin immediate` may block the event loop before it waits asynchronously instead. */
const LOCK_SPIN_MS = 8;
const STATEMENTS_KEPT_MAX = 400;

/**
 * One better-sqlite3 connection for Kysely, which queues what wants it.
 *
 * Writing transactions start with `begin immediate`: a transaction that reads first and writes later gets "database is
 * locked" at once when another process wrote in between, whatever the busy timeout. Waiting for the lock is asynchronous, so
 * that a busy neighbour never stops this process from streaming, and two connections in one process cannot block each other.
 * Writes outside a transaction are refused, because they could only wait with the event loop stopped.
 */
export class SqliteConnectionDriver implements Driver {
  readonly #database: Database;
  readonly #connection: SqliteConnection;
  readonly #pause: Pause;
  #commits = 0;

  constructor(database: Database, blockMaxMs: number) {
    this.#database = database;
    this.#connection = new SqliteConnection(database);
    this.#pause = new Pause(blockMaxMs);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#pause.whenDue();
    return this.#connection;
  }

  async beginTransaction(_connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    if (settings.accessMode === 'read only') {
      this.#connection.command('begin');
      return;
    }

    await retryWhileBusy(() => this.#connection.beginImmediate(), this.#database.name);
  }

  async commitTransaction(): Promise<void> {
    this.#commits += this.#connection.writing ? 1 : 0;
    this.#connection.command('commit');
  }

  async rollbackTransaction(): Promise<void> {
    // A full disk or an I/O error has already rolled back.
    if (this.#database.inTransaction) this.#connection.command('rollback');
    this.#connection.writing = false;
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#database.close();
  }

  /** Differs after a commit of another connection (`data_version`) or of this one. Costs two microseconds. */
  changeToken(): string {
    return `${this.#connection.dataVersion()}.${this.#commits}`;
  }
}

export function sqliteKyselyDialect(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: db => new SqliteIntrospector(db),
  };
}

/** Runs until it no longer meets a lock, giving the event loop back in between. Real time: the lock is real too. */
export async function retryWhileBusy<Result>(attempt: () => Result, path: string): Promise<Result> {
  let deadlineMs: number | undefined;
  for (let tries = 0; ; tries++) {
    try {
      return attempt();
    } catch (thrown) {
      deadlineMs ??= performance.now() + LOCK_WAIT_MAX_MS;
      if (!isBusy(thrown) || performance.now() > deadlineMs) throw translateSqliteError(thrown, path);
    }

    // Processes differ in their number, so they do not keep meeting.
    await wait(1 + ((process.pid + tries * 7) % Math.min(2 + tries * 2, 20)));
  }
}

/**
 * Queries block, and promises that are resolved already do not let the event loop turn: a thousand in a row would be one
 * block. Between two of them, once it has lasted too long, everybody else gets a turn.
 */
class Pause {
  readonly #blockMaxMs: number;
  /** Since when the event loop has not turned; null where nobody has asked since. */
  #sinceMs: number | null = null;

  constructor(blockMaxMs: number) {
    this.#blockMaxMs = blockMaxMs;
  }

  async whenDue(): Promise<void> {
    if (this.#sinceMs === null) {
      this.#sinceMs = performance.now();
      setImmediate(() => {
        this.#sinceMs = null;
      });
    } else if (performance.now() - this.#sinceMs > this.#blockMaxMs) {
      await turn();
    }
  }
}

class SqliteConnection implements DatabaseConnection {
  /** Whether the open transaction may write. */
  writing = false;
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = this.#prepare(query.sql);
    if (!statement.readonly && !this.writing) {
      throw new Error(`write outside a transaction: ${query.sql.slice(0, 80)}`);
    }

    try {
      if (statement.reader) {
        // The rows have the columns that the compiled query names; Kysely's types describe them.
        return {rows: statement.all(...query.parameters) as Row[]};
      }

      const {changes} = statement.run(...query.parameters);
      return {numAffectedRows: BigInt(changes), rows: []};
    } catch (thrown) {
      throw translateSqliteError(thrown, this.#database.name);
    }
  }

  streamQuery(): never {
    throw new Error('streaming would keep the only connection busy: read pages instead');
  }

  beginImmediate(): void {
    // This pragma takes effect when it is prepared, so it cannot be one of the kept statements.
    this.#database.pragma(`busy_timeout = ${LOCK_SPIN_MS}`);
    try {
      this.#prepare('begin immediate').run();
      this.writing = true;
    } finally {
      this.#database.pragma(`busy_timeout = ${LOCK_WAIT_MAX_MS}`);
    }
  }

  command(sql: 'begin' | 'commit' | 'rollback'): void {
    try {
      this.#prepare(sql).run();
    } catch (thrown) {
      throw translateSqliteError(thrown, this.#database.name);
    }

    this.writing = false;
  }

  dataVersion(): number {
    return Number(this.#prepare('pragma data_version').pluck().get());
  }

  #prepare(text: string): Statement {
    const kept = this.#statements.get(text);
    if (kept) return kept;

    try {
      const statement = this.#database.prepare(text);
      if (this.#statements.size >= STATEMENTS_KEPT_MAX) this.#statements.clear();
      this.#statements.set(text, statement);
      return statement;
    } catch (thrown) {
      throw translateSqliteError(thrown, this.#database.name);
    }
  }
}
