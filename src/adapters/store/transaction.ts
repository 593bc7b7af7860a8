import type {Kysely, Transaction} from 'kysely';
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';
import type {StoreDialect} from './dialect.ts';
import type {Tables} from './tables.ts';

export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;

/** What the parts of the store are made of. */
export interface StoreParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly dialect: StoreDialect;
  changeToken(): string;
}

/** One writing transaction with one `now`, read when the lock is ours. The work awaits nothing but `tx`. */
export function write<Result>(
  {db, clock}: Pick<StoreParts, 'db' | 'clock'>,
  work: (tx: Tx, nowMs: EpochMs) => Promise<Result>,
): Promise<Result> {
  return db.transaction().execute(tx => work(tx, clock.nowMs()));
}

/** Several reads of one state of the database; blocks nobody. */
export function readTogether<Result>(db: Db, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return db.transaction().setAccessMode('read only').execute(work);
}
