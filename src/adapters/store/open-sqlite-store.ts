import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';
import type {Store} from '../../ports/store.ts';
import {createAlertStore} from './alerts.ts';
import {createApiKeyStore} from './api-keys.ts';
import {createAuditStore} from './audit.ts';
import {createBeatStore} from './beats.ts';
import {createBudgetStore} from './budgets.ts';
import {createCatalogStore} from './catalog.ts';
import {createCredentialStore} from './credentials.ts';
import {sqliteStoreDialect} from './dialect.ts';
import {createEventStore} from './events.ts';
import {createHealthStore} from './health.ts';
import {createHostStore} from './hosts.ts';
import {createInstanceStore} from './instances.ts';
import {migrate} from './migrate.ts';
import {createModelStore} from './models.ts';
import {createOrganizationStore} from './organizations.ts';
import {createPriceStore} from './prices.ts';
import {createPromptStore} from './prompts.ts';
import {createRateLimitStore} from './rate-limits.ts';
import {createReconciliationStore} from './reconciliation.ts';
import {openSqliteDatabase} from './sqlite-database.ts';
import type {StoreParts} from './transaction.ts';
import {createUsageStore} from './usage.ts';
import {createUsageReportStore} from './usage-reports.ts';
import {createWorkerCommandStore} from './worker-commands.ts';
import {createWorkerStore} from './workers.ts';

export interface SqliteStoreOptions {
  /** The database file; made with its directory, for the present user alone, when it is not there. */
  readonly path: string;
  /** The package's `migrations/` directory. */
  readonly migrationsDir: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long queries that follow each other may keep the event loop from turning; default: as long as they last. */
  readonly blockMaxMs?: number;
}

/** Opens the store, migrated. Throws `store_unwritable`, `store_corrupt` or `store_newer`. */
export async function openSqliteStore({
  path,
  migrationsDir,
  clock,
  ids,
  blockMaxMs,
}: SqliteStoreOptions): Promise<Store> {
  const {db, changeToken, close} = await openSqliteDatabase(path, blockMaxMs);
  try {
    await migrate({db, dialect: sqliteStoreDialect, clock, migrationsDir, location: path});
  } catch (thrown) {
    await close();
    throw thrown;
  }

  return createStore({db, clock, ids, dialect: sqliteStoreDialect, changeToken}, close);
}

function createStore(parts: StoreParts, close: () => Promise<void>): Store {
  return {
    organizations: createOrganizationStore(parts),
    keys: createApiKeyStore(parts),
    models: createModelStore(parts),
    prompts: createPromptStore(parts),
    catalog: createCatalogStore(parts),
    instances: createInstanceStore(parts),
    workers: createWorkerStore(parts),
    events: createEventStore(parts),
    usage: createUsageStore(parts),
    usageReports: createUsageReportStore(parts),
    prices: createPriceStore(parts),
    budgets: createBudgetStore(parts),
    audit: createAuditStore(parts),
    credentials: createCredentialStore(parts),
    hosts: createHostStore(parts),
    rateLimits: createRateLimitStore(parts),
    reconciliation: createReconciliationStore(parts),
    alerts: createAlertStore(parts),
    beats: createBeatStore(parts),
    health: createHealthStore(parts),
    workerCommands: createWorkerCommandStore(parts),
    [Symbol.asyncDispose]: close,
  };
}
