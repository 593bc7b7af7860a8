import type {Resource, ResourceKind} from '../instance/resource.ts';
import type {InstanceState} from '../instance/state.ts';
import type {EurNanos} from '../money.ts';
import type {EpochMs} from '../time.ts';

/** Something that exists at a provider, whoever made it. */
export interface FoundThing {
  readonly kind: ResourceKind;
  readonly zone: string;
  readonly providerId: string;
  /** Null where the provider gives its kind no name. */
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly providerType: string | null;
  readonly sizeBytes: number | null;
  readonly iops: number | null;
  /** Of an IP. */
  readonly address: string | null;
  /** The server it hangs on; null for servers and security groups. */
  readonly serverId: string | null;
  readonly isBoot: boolean;
  /** Null where the provider does not tell. */
  readonly createdAtMs: EpochMs | null;
  readonly pricePerHourNanos: EurNanos;
}

/** What one zone answered. `unknown`: it could not be asked, which says nothing about what is there. */
export type ZoneListing =
  | {readonly kind: 'listed'; readonly zone: string; readonly things: readonly FoundThing[]}
  | {readonly kind: 'unknown'; readonly zone: string; readonly reason: string};

/** What reconciliation reads of an instance. */
export interface KnownInstance {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly state: InstanceState;
  readonly stateSinceMs: EpochMs;
  /** Until when somebody holds its lease; null when nobody drives it. */
  readonly leaseUntilMs: EpochMs | null;
}

/** A row of the store with the instance it belongs to. */
export interface KnownRow {
  readonly resource: Resource;
  readonly instance: KnownInstance;
}

/** A thing of ours without a row, as earlier passes saw it. */
export interface Sighting {
  readonly kind: ResourceKind;
  readonly providerId: string;
  readonly zone: string;
  readonly name: string | null;
  readonly providerType: string | null;
  readonly firstSeenAtMs: EpochMs;
  readonly lastSeenAtMs: EpochMs;
  /** Its deletion has begun: it is ours whatever the provider says of it now. */
  readonly condemned: boolean;
  readonly deleteAttempts: number;
  readonly nextAttemptAtMs: EpochMs | null;
  readonly lastError: string | null;
}

export interface ReconcilePolicy {
  /** How long a thing without a row is left alone, from its creation or the first time it was seen. */
  readonly graceMs: number;
}

/** Whose things this pass may touch. */
export interface OwnOrganizations {
  /** Of this store. */
  readonly organizationIds: ReadonlySet<string>;
  /** Of other stores, whose things somebody said are this installation's for this pass: theirs was lost. */
  readonly claimedOrganizationIds: ReadonlySet<string>;
}

/** Everything a pass decides from. */
export interface ReconcileFacts extends OwnOrganizations {
  readonly zones: readonly ZoneListing[];
  /** Rows that are not deleted, and deleted ones of which something was found. */
  readonly rows: readonly KnownRow[];
  /** Rows of which the provider said, asked by id, that there is nothing; rows that are merely not listed are not here. */
  readonly absentRowIds: ReadonlySet<string>;
  /** Instances that tags of found things name. */
  readonly instances: ReadonlyMap<string, KnownInstance>;
  readonly sightings: readonly Sighting[];
  /** What this pass looks after. */
  readonly kinds: readonly ResourceKind[];
  readonly nowMs: EpochMs;
  readonly policy: ReconcilePolicy;
}

export function keyOf({kind, providerId}: {readonly kind: ResourceKind; readonly providerId: string}): string {
  return `${kind}:${providerId}`;
}
