import type {TypeEdit} from '../core/catalog/instance-type.ts';
import type {DomainEvent, EventTopic, NewEvent} from '../core/events.ts';
import type {InstanceActivity, InstanceLimits} from '../core/finops/limits.ts';
import type {
  DaySpend,
  UsageCorrection,
  UsageFilter,
  UsageGroup,
  UsageRecord,
  UsageTotals,
} from '../core/finops/usage.ts';
import type {Action, ActionMetadata, ActionType} from '../core/instance/action.ts';
import type {Instance, InstanceFailure, InstanceSpec, StateChange, WorkerEndpoint} from '../core/instance/instance.ts';
import type {Resource, ResourceKind, ResourceStatus} from '../core/instance/resource.ts';
import type {InstanceState} from '../core/instance/state.ts';
import type {ModelSpec} from '../core/model/model.ts';
import type {KnownInstance, KnownRow, Sighting} from '../core/reconcile/facts.ts';
import type {ApiKey} from '../core/tenancy/api-key.ts';
import type {KeyCaps} from '../core/tenancy/key-caps.ts';
import type {Membership, Organization, User} from '../core/tenancy/organization.ts';
import type {EpochMs} from '../core/time.ts';
import type {WorkerSample} from '../core/worker/protocol.ts';
import type {AlertStore} from './alerts.ts';
import type {BudgetStore} from './budgets.ts';
import type {HealthStore} from './health.ts';
import type {HostStore} from './hosts.ts';
import type {PriceStore} from './prices.ts';
import type {PromptStore} from './prompts.ts';
import type {ProviderCatalog} from './provider.ts';
import type {RateLimitStore} from './rate-limits.ts';
import type {UsageReportStore} from './usage-reports.ts';
import type {WorkerCommandStore} from './worker-commands.ts';

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

export interface OrgScope {
  readonly organizationId: string;
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

export interface InstanceStore {
  /** Writes the instance, its planned resources, its first actions and history row. `conflict` when a live instance has the name. */
  create(request: NewInstance): Promise<Instance>;
  /** By id, or by name: the live one first, else the latest. */
  find(scope: OrgScope, idOrName: string): Promise<Instance | null>;
  list(scope: OrgScope, filter: InstanceFilter): Promise<readonly Instance[]>;
  actions(scope: OrgScope, instanceId: string): Promise<readonly Action[]>;
  resources(
    scope: OrgScope,
    filter: {instanceId?: string; kind?: Resource['kind']; includeDeleted: boolean},
  ): Promise<readonly Resource[]>;
  history(scope: OrgScope, instanceId: string): Promise<readonly StateChange[]>;

  /** Instance with all actions (oldest first) and resources (deleted ones too): what the driver decides from. */
  load(instanceId: string): Promise<InstanceFile | null>;
  /** All organizations, for loops: by state, oldest change first. */
  listByState(states: readonly InstanceState[], limit: number): Promise<readonly Instance[]>;
  /** All organizations: those that are not gone and have limits, by rising id after `afterId`. */
  listLimited(page: {afterId: string | null; limit: number}): Promise<readonly Instance[]>;
  /** Records one change in one transaction: actions, resources, fields, transition, history, events. See `InstanceChange`. */
  record(change: InstanceChange): Promise<InstanceFile>;

  /** Compare-and-set: true when free, expired, or already ours. */
  acquireLease(instanceId: string, owner: string, ttlMs: number): Promise<boolean>;
  /** True while the lease is still ours; extends it. */
  renewLease(instanceId: string, owner: string, ttlMs: number): Promise<boolean>;
  releaseLease(instanceId: string, owner: string): Promise<void>;
  /** How long past instances of this provider took, ready minus created, latest first; for the learned ETA. */
  recentReadyDurationsMs(filter: {provider: string; modelHfId?: string; limit: number}): Promise<readonly number[]>;
}

export interface NewInstance {
  readonly instance: Instance;
  readonly resources: readonly Resource[];
  /** Types of actions already successful at creation (`REQUEST_CREATE`), with metadata. */
  readonly actions: readonly {type: ActionType; metadata: ActionMetadata}[];
  readonly reason: string;
}

export interface InstanceFilter {
  readonly includeGone: boolean;
  readonly includeArchived: boolean;
  readonly states?: readonly InstanceState[];
}

export interface InstanceFile {
  readonly instance: Instance;
  readonly actions: readonly Action[];
  readonly resources: readonly Resource[];
}

/**
 * One atomic change to an instance.
 *
 * With `leaseOwner`, the change is refused (`lease_held`) when another live owner holds the lease: a driver that lost its
 * lease records nothing, and the next one finds the effect at the provider by name.
 */
export interface InstanceChange {
  readonly instanceId: string;
  readonly correlationId: string;
  readonly leaseOwner?: string;
  readonly actions?: readonly ActionChange[];
  readonly resources?: readonly ResourceChange[];
  /** Checked against the transition table and against `from`, inside the transaction; `conflict` when the state moved. */
  readonly transition?: {readonly from: InstanceState; readonly to: InstanceState; readonly reason: string};
  readonly fields?: InstanceFields;
  /** The limits that the change was decided from; `conflict` when they are others by now. */
  readonly whileLimits?: InstanceLimits;
}

export type ActionChange =
  /** Starts the action, or counts one more attempt of the one that is in progress. */
  | {readonly kind: 'start'; readonly type: ActionType; readonly metadata?: ActionMetadata}
  /** Ends the action in progress (starting it when there is none). Metadata is merged over what is there. */
  | {readonly kind: 'succeed'; readonly type: ActionType; readonly metadata?: ActionMetadata}
  | {
      readonly kind: 'fail';
      readonly type: ActionType;
      readonly errorCode: string;
      readonly errorMessage: string;
      readonly metadata?: ActionMetadata;
    }
  /** Something that is told once: nothing when this type has succeeded with exactly this metadata before. */
  | {readonly kind: 'once'; readonly type: ActionType; readonly metadata: ActionMetadata}
  /** Merges metadata into the action in progress. */
  | {readonly kind: 'note'; readonly type: ActionType; readonly metadata: ActionMetadata};

export type ResourceChange =
  | {readonly kind: 'insert'; readonly resource: Resource}
  | ({readonly kind: 'update'; readonly resourceId: string} & ResourceFields);

export interface ResourceFields {
  readonly providerId?: string;
  readonly status?: ResourceStatus;
  readonly providerType?: string;
  readonly name?: string;
  readonly sizeBytes?: number | null;
  readonly iops?: number | null;
  readonly isBoot?: boolean;
  readonly deleteOnTerminate?: boolean;
  readonly address?: string | null;
  readonly deleteAttempts?: number;
  readonly nextAttemptAtMs?: EpochMs | null;
  readonly lastError?: string | null;
  readonly reconciledAtMs?: EpochMs | null;
  readonly lastReconciliationAtMs?: EpochMs | null;
}

export interface InstanceFields {
  readonly endpoint?: WorkerEndpoint | null;
  readonly failure?: InstanceFailure | null;
  readonly agentVersion?: string | null;
  readonly agentSha256?: string | null;
  readonly billedFromMs?: EpochMs | null;
  readonly billedUntilMs?: EpochMs | null;
  readonly spentBeforeNanos?: number;
  readonly lastSeenAtMs?: EpochMs | null;
  readonly consecutiveFailures?: number;
  readonly breaker?: Instance['breaker'];
  readonly zone?: string;
  readonly instanceType?: string;
  readonly limits?: InstanceLimits | null;
  readonly activity?: InstanceActivity | null;
  readonly gpuCount?: number;
  readonly pricePerHourNanos?: number;
  readonly spec?: InstanceSpec;
}

export interface WorkerStore {
  /** Keeps the hash of a one-time enrolment secret for an instance; replaces an earlier unused one. */
  saveEnrolment(instanceId: string, secretHash: string): Promise<void>;
  /** Uses the secret up: `accepted` binds the boot id and stores the token's hash; `unknown` secret; `gone` instance. */
  enrol(request: {
    secretHash: string;
    bootId: string;
    tokenHash: string;
  }): Promise<{kind: 'accepted'; instanceId: string} | {kind: 'unknown'} | {kind: 'gone'}>;
  findByTokenHash(
    tokenHash: string,
  ): Promise<{instanceId: string; bootId: string; lastSeq: number; gone: boolean} | null>;
  /**
   * Keeps the samples (bounded per instance) and moves sequences and last-seen, in one transaction; outcomes in the order
   * of the beats. A sequence not above the last is `replayed`.
   */
  recordHeartbeats(beats: readonly HeartbeatRecord[]): Promise<readonly HeartbeatOutcome[]>;
  /** The last samples of one instance, oldest first, without their payloads. */
  recentSamples(instanceId: string, limit: number): Promise<readonly Omit<WorkerSample, 'payload'>[]>;
  latestSamples(instanceIds: readonly string[]): Promise<readonly WorkerSample[]>;
}

export interface HeartbeatRecord {
  readonly instanceId: string;
  readonly bootId: string;
  readonly seq: number;
  readonly sample: WorkerSample;
  /** What it was sent with: the next token of a rotation takes the place of the present one. */
  readonly tokenHash?: string;
}

export type HeartbeatOutcome = 'recorded' | 'replayed' | 'other_boot';

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

export interface UsageStore {
  /**
   * Idempotent by request id: a batch written again changes nothing. Emits no event per row; one per batch and organization.
   * Answers with the ids that were new. Throws `invalid_input`, having written nothing, when it will never take one of the
   * records.
   */
  appendBatch(records: readonly UsageRecord[]): Promise<{inserted: readonly string[]}>;
  list(scope: OrgScope, filter: UsageFilter & {limit: number}): Promise<readonly UsageRecord[]>;
  find(scope: OrgScope, requestId: string): Promise<UsageRecord | null>;
  /** Sums of lines and corrections. */
  totals(scope: OrgScope, filter: UsageFilter): Promise<UsageTotals>;
  /** The same apart for each key, model and so on, the most expensive first; null stands for lines without an instance. */
  totalsBy(
    scope: OrgScope,
    group: UsageGroup,
    filter: UsageFilter,
  ): Promise<readonly {readonly id: string | null; readonly totals: UsageTotals}[]>;
  /**
   * Writes the counter-entry after which the line and all its corrections add up to `toNanos` (`usage.corrected`); null when
   * they do already. `not_found` without the line.
   */
  correct(
    scope: OrgScope,
    correction: {requestId: string; toNanos: number; reason: string; by: string},
  ): Promise<UsageCorrection | null>;
  /** Of one line, oldest first. */
  corrections(scope: OrgScope, requestId: string): Promise<readonly UsageCorrection[]>;
  /** All organizations, lines alone: what was spent on each day since then. */
  spendByDay(fromMs: EpochMs): Promise<readonly DaySpend[]>;
  /** What was spent past the proxy: corrections, and the lines of this key. */
  outsideSpend(
    organizationIds: readonly string[],
    filter: {fromMs: EpochMs; keyId: string},
  ): Promise<readonly DaySpend[]>;
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

/** Credentials of an organization at a provider, sealed by the caller. One version is in use; a few earlier ones are kept. */
export interface CredentialStore {
  /** The version in use; null when the organization keeps none. */
  current(scope: OrgScope, provider: string): Promise<SealedCredentials | null>;
  /** Versions that can still be used, latest first. */
  versions(scope: OrgScope, provider: string): Promise<readonly SealedCredentials[]>;
  /** Puts the next version in use. `conflict` when there is one already (`first`), `not_found` when there is none (`next`). */
  add(scope: OrgScope, request: NewCredentials): Promise<SealedCredentials>;
  /**
   * Puts an earlier version back in use: this one, or the one that was in use before the present. `not_found` without it;
   * what `verify` throws leaves everything as it was.
   */
  rollBack(
    scope: OrgScope,
    request: {provider: string; toVersion: number | null; verify: (chosen: SealedCredentials) => void},
  ): Promise<SealedCredentials>;
  /** Forgets what was sealed in every version; says how many there were. `not_found` when none. */
  remove(scope: OrgScope, provider: string): Promise<{versions: number}>;
  /** Keeps when a version was last accepted by the provider. */
  markChecked(scope: OrgScope, credentialsId: string, atMs: EpochMs): Promise<void>;
}

export interface NewCredentials {
  readonly id: string;
  readonly provider: string;
  readonly mode: 'first' | 'next';
  /** First characters of the access key, to recognize it by. */
  readonly keyPrefix: string;
  readonly createdBy: string;
  /** Called inside the transaction, with the number this version gets. */
  readonly seal: (version: number) => string;
}

export interface SealedCredentials {
  readonly id: string;
  readonly provider: string;
  readonly version: number;
  readonly sealed: string;
  readonly keyPrefix: string;
  readonly createdBy: string;
  readonly createdAtMs: EpochMs;
  readonly checkedAtMs: EpochMs | null;
  /** When another version took its place; null while it is in use. */
  readonly replacedAtMs: EpochMs | null;
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
