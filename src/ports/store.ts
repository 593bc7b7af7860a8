import type {TypeEdit} from '../core/catalog/instance-type.ts';
import type {DomainEvent, EventTopic, NewEvent} from '../core/events.ts';
import type {ActionMetadata} from '../core/instance/action.ts';
import type {ResourceKind} from '../core/instance/resource.ts';
import type {ModelSpec} from '../core/model/model.ts';
import type {KnownInstance, KnownRow, Sighting} from '../core/reconcile/facts.ts';
import type {ApiKey} from '../core/tenancy/api-key.ts';
import type {KeyCaps} from '../core/tenancy/key-caps.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {Membership, Organization, User} from '../core/tenancy/organization.ts';
import type {EpochMs} from '../core/time.ts';
import type {AlertStore} from './alerts.ts';
import type {BudgetStore} from './budgets.ts';
import type {CredentialStore} from './credentials.ts';
import type {HealthStore} from './health.ts';
import type {HostStore} from './hosts.ts';
import type {InstanceStore} from './instances.ts';
import type {PriceStore} from './prices.ts';
import type {PromptStore} from './prompts.ts';
import type {ProviderCatalog} from './provider.ts';
import type {RateLimitStore} from './rate-limits.ts';
import type {UsageStore} from './usage.ts';
import type {UsageReportStore} from './usage-reports.ts';
import type {WorkerCommandStore} from './worker-commands.ts';
import type {WorkerStore} from './workers.ts';

/**
 * Everything inventiv remembers. Methods are business operations: each is one transaction with one `now`, writes rows,
 * history and events together, and waits for nothing but the database. SQLite and PostgreSQL implement the same suite.
 *
 * Tenant reads take an `OrgScope`; a row of another organization is "not found". Methods without a scope belong to loops
 * and to the data plane, which serve all organizations.
 */
export interface Store extends AsyncDisposable {
  readonly organizations: OrganizationStore;
  readonly keys: ApiKeyStore;
  readonly models: ModelStore;
  readonly prompts: PromptStore;
  readonly rateLimits: RateLimitStore;
  readonly catalog: CatalogStore;
  readonly instances: InstanceStore;
  readonly workers: WorkerStore;
  readonly events: EventStore;
  readonly usage: UsageStore;
  readonly usageReports: UsageReportStore;
  readonly prices: PriceStore;
  readonly budgets: BudgetStore;
  readonly audit: AuditStore;
  readonly credentials: CredentialStore;
  readonly hosts: HostStore;
  readonly reconciliation: ReconciliationStore;
  readonly alerts: AlertStore;
  readonly beats: BeatStore;
  readonly health: HealthStore;
  readonly workerCommands: WorkerCommandStore;
}

export interface OrganizationStore {
  /** First start: the default organization with the local operator as owner. Later: what is there. Idempotent. */
  ensureDefault(operator: {
    userName: string;
  }): Promise<{organization: Organization; user: User; membership: Membership}>;
  list(): Promise<readonly Organization[]>;
  /** Users of the organization, by name. */
  members(scope: OrgScope): Promise<readonly User[]>;
}

export interface ApiKeyStore {
  create(scope: OrgScope, key: ApiKey): Promise<void>;
  list(scope: OrgScope, filter: {includeRevoked: boolean}): Promise<readonly ApiKey[]>;
  /** By id, or by name among the keys that are not revoked. */
  find(scope: OrgScope, idOrName: string): Promise<ApiKey | null>;
  revoke(scope: OrgScope, keyId: string, atMs: EpochMs): Promise<void>;
  /** Replaces the secret of a key: the old hash stays valid until `oldValidUntilMs`. */
  rotate(scope: OrgScope, keyId: string, next: {hash: string; prefix: string; oldValidUntilMs: EpochMs}): Promise<void>;
  /** What one request with the key may ask for from now on; null for what the server sets for all. */
  setCaps(scope: OrgScope, keyId: string, caps: KeyCaps | null): Promise<void>;
  /** Keys that may authenticate now, all organizations: the proxy's snapshot. */
  listUsable(): Promise<readonly ApiKey[]>;
  /** Batched by the proxy; never per request. */
  recordLastUsed(uses: readonly {keyId: string; atMs: EpochMs}[]): Promise<void>;
}

export interface ModelStore {
  /** Inserts seed models that are not there yet; never overwrites what an operator changed. */
  seed(models: readonly ModelSpec[]): Promise<void>;
  list(scope: OrgScope, filter: {includeInactive: boolean}): Promise<readonly ModelSpec[]>;
  /** By internal id or Hugging Face id, exact. */
  find(scope: OrgScope, idOrHfId: string): Promise<ModelSpec | null>;
  put(scope: OrgScope, model: ModelSpec, mode: 'create' | 'update'): Promise<void>;
  remove(scope: OrgScope, modelId: string): Promise<void>;
  setActive(scope: OrgScope, modelId: string, active: boolean): Promise<void>;
}

export interface CatalogStore {
  save(provider: string, catalog: ProviderCatalog, atMs: EpochMs): Promise<void>;
  /** As the provider said it, without edits. */
  read(provider: string): Promise<{catalog: ProviderCatalog; syncedAtMs: EpochMs} | null>;
  /** What operators said of types in its place; `save` leaves them as they are. */
  edits(provider: string): Promise<readonly TypeEdit[]>;
  putEdit(provider: string, edit: TypeEdit): Promise<void>;
  /** Of one type, or (null) of all; says how many there were. */
  dropEdits(provider: string, typeName: string | null): Promise<number>;
}

export interface EventStore {
  append(event: NewEvent): Promise<DomainEvent>;
  /** Events after an id, oldest first. Without scope: all organizations (system readers). */
  after(
    afterId: number,
    options: {limit: number; scope?: OrgScope; topics?: readonly EventTopic[]},
  ): Promise<readonly DomainEvent[]>;
  latestId(): Promise<number>;
  /** A number that differs whenever another process or this one may have written since it was last read; very cheap. */
  changeToken(): Promise<string>;
  /** Deletes events older than this, returning how many; bounded per call. */
  prune(olderThanMs: EpochMs, limit: number): Promise<number>;
}

export interface AuditStore {
  /** Append-only and hash-chained: each row holds the hash of the one before. */
  append(
    scope: OrgScope,
    entry: {actor: string; action: string; subject: string; details: ActionMetadata; correlationId: string},
  ): Promise<void>;
  list(
    scope: OrgScope,
    options: {limit: number},
  ): Promise<
    readonly {
      id: string;
      actor: string;
      action: string;
      subject: string;
      details: ActionMetadata;
      atMs: EpochMs;
      hash: string;
    }[]
  >;
  verify(): Promise<{ok: boolean; rows: number; firstBadId: string | null}>;
}

/** What is compared with the inventory of a provider: all organizations, because they share it. */
export interface ReconciliationStore {
  /** Zones of the provider in which anything was ever recorded or sighted. */
  usedZones(provider: string): Promise<readonly string[]>;
  /** Rows that are not deleted, by rising id; a page ends the list when it is shorter than `limit`. */
  pageRows(filter: {provider: string; afterId: string | null; limit: number}): Promise<readonly KnownRow[]>;
  /** Rows, deleted ones too, that have one of these provider ids or names. */
  findRows(filter: {
    provider: string;
    providerIds: readonly string[];
    names: readonly string[];
  }): Promise<readonly KnownRow[]>;
  findInstances(ids: readonly string[]): Promise<readonly KnownInstance[]>;
  /** Keeps when these rows were last compared; makes no event. */
  markCompared(resourceIds: readonly string[], atMs: EpochMs): Promise<void>;
  sightings(provider: string): Promise<readonly Sighting[]>;
  /** Writes them over what is there; the first time a thing was seen stays. */
  saveSightings(provider: string, sightings: readonly Sighting[]): Promise<void>;
  dropSightings(
    provider: string,
    gone: readonly {readonly kind: ResourceKind; readonly providerId: string}[],
  ): Promise<void>;
}

/** Signs of life of background work, by its name: how another process knows that somebody does it. */
export interface BeatStore {
  beat(name: string, atMs: EpochMs): Promise<void>;
  /** Null when it never beat. */
  last(name: string): Promise<EpochMs | null>;
}

/** What `db ...` and `doctor` need; apart from `Store` because it works on stores that do not open. */
export interface StoreMaintenance {
  status(): Promise<StoreStatus>;
  migrate(): Promise<{applied: readonly string[]}>;
  /** Integrity, foreign keys, migration checksums, audit chain. Empty = sound. */
  check(): Promise<readonly string[]>;
  backup(toPath: string): Promise<{bytes: number}>;
  /** Verifies the backup first, keeps the present store beside it, and refuses while another process has it open. */
  restore(fromPath: string): Promise<{previousKeptAt: string | null}>;
}

export interface StoreStatus {
  readonly location: string;
  readonly exists: boolean;
  readonly schemaVersion: number | null;
  readonly programVersion: number;
  readonly pending: readonly string[];
  readonly bytes: number;
}
