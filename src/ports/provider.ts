import type {InstanceType, TypeAvailability} from '../core/catalog/instance-type.ts';
import type {ProviderName} from '../core/instance/instance.ts';

/**
 * A place that rents (or is) GPU machines. Rules for every implementation, checked by one contract suite:
 *
 * - Reads return null for "the provider says it does not exist". Anything the provider could not answer (401, 403, 429,
 *   5xx, time-out) is a thrown `InventivError` (`provider_auth`, `provider_unavailable` with `retryable`, ...): never null.
 * - Every call is safe to repeat. Creates look up by the unique name first and adopt what they find; deletes of what is
 *   gone succeed.
 * - Capacity and quota are typed: `no_capacity`, `quota_exceeded`. Branch on the code, never on the text. Neither is
 *   `retryable`: asked again, the same place says the same. Whoever asked moves to another place, or waits.
 * - Nothing is deleted that was not asked for by id.
 */
export interface CloudProvider {
  readonly name: ProviderName;
  /** How often its states are worth reading while something settles. */
  readonly pollIntervalMs: number;
  /**
   * Its machines are somebody's own, and stay: what was installed on them is taken off before they are given back, and
   * what it has is each organization's own matter. Absent: machines are made and deleted.
   */
  readonly keepsMachines?: boolean;
  /** How long a start takes here, whatever the model. Absent: it follows from the sizes of image and weights. */
  readonly typicalReadyMs?: number;

  /** What is sold, where, and whether it is in stock now. */
  readCatalog(call: CallContext): Promise<ProviderCatalog>;

  /** What would make a create in this zone fail, found without creating anything; throws the typed error. */
  preflight(request: {zone: string; instanceType: string}, call: CallContext): Promise<void>;

  ensureSecurityGroup(request: SecurityGroupRequest, call: CallContext): Promise<{providerId: string}>;

  /** Stopped server with its boot volume; adopts a server of the same name. */
  ensureServer(request: ServerRequest, call: CallContext): Promise<ProviderServer>;

  readServer(ref: ProviderRef, call: CallContext): Promise<ProviderServer | null>;
  findServerByName(request: {zone: string; name: string}, call: CallContext): Promise<ProviderServer | null>;
  findSecurityGroupByName(
    request: {zone: string; name: string},
    call: CallContext,
  ): Promise<{providerId: string} | null>;

  readVolume(ref: VolumeRef, call: CallContext): Promise<ProviderVolume | null>;

  /** Asks for a larger size (never smaller) and names and tags the volume; poll `readVolume` until it is reached. */
  growVolume(
    ref: VolumeRef,
    request: {sizeBytes: number; name: string; tags: readonly string[]},
    call: CallContext,
  ): Promise<void>;

  /** Asks for power; an already starting or running server is fine. */
  powerOn(ref: ProviderRef, call: CallContext): Promise<void>;

  /** Whether the server is in this group and the group lets exactly these ports in. Repairs what differs. */
  confirmSecurityGroup(ref: ProviderRef, request: SecurityGroupRequest, call: CallContext): Promise<void>;

  /** Asks for the end of the server whatever its state; poll `readServer` until null. `settling` = ask again later. */
  terminateServer(ref: ProviderRef, call: CallContext): Promise<'requested' | 'settling' | 'gone'>;

  /** `busy` = still attached or detaching: ask again later. */
  deleteVolume(ref: VolumeRef, call: CallContext): Promise<'deleted' | 'busy'>;
  deleteIp(ref: ProviderRef, call: CallContext): Promise<'deleted' | 'busy'>;
  deleteSecurityGroup(ref: ProviderRef, call: CallContext): Promise<'deleted' | 'busy'>;

  /** Everything in the zone that carries our mark or hangs on a server that does, all pages. */
  listOwned(zone: string, call: CallContext): Promise<OwnedInventory>;

  /** Absent where the provider has none. */
  readonly snapshots?: ProviderSnapshots;
}

/** Copies of volumes, billed by their size. inventiv makes none: whoever does may mark them as its own. */
export interface ProviderSnapshots {
  /** Every one of the account in the zone, all pages: a copy of our volume need not carry our mark. */
  list(zone: string, call: CallContext): Promise<readonly ProviderSnapshot[]>;
  read(ref: SnapshotRef, call: CallContext): Promise<ProviderSnapshot | null>;
  /** `busy` = an image needs it, or it is being made. */
  delete(ref: SnapshotRef, call: CallContext): Promise<'deleted' | 'busy'>;
}

export interface CallContext {
  readonly correlationId: string;
  readonly signal?: AbortSignal;
}

export interface ProviderRef {
  readonly zone: string;
  readonly providerId: string;
}

export interface VolumeRef extends ProviderRef {
  /** The provider's own type: decides which API owns it (`sbs_volume`, `l_ssd`, `scratch`). */
  readonly volumeType: string;
}

export interface SnapshotRef extends ProviderRef {
  /** The provider's own type: decides which API owns it. */
  readonly snapshotType: string;
}

export interface ProviderSnapshot {
  readonly providerId: string;
  readonly name: string;
  readonly snapshotType: string;
  readonly sizeBytes: number;
  readonly tags: readonly string[];
  readonly isInUse: boolean;
  /** The volume it is a copy of; null once that is gone. */
  readonly parentVolumeId: string | null;
  readonly createdAtMs: number | null;
}

export interface SecurityGroupRequest {
  readonly zone: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly openPorts: readonly number[];
  /** CIDR ranges that may connect; `0.0.0.0/0` for all. */
  readonly sourceRanges: readonly string[];
}

export interface ServerRequest {
  readonly zone: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly instanceType: string;
  readonly securityGroupId: string;
}

export type ProviderServerState =
  | 'stopped'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'terminating'
  | 'locked'
  | 'unknown';

export interface ProviderServer {
  readonly providerId: string;
  readonly name: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly state: ProviderServerState;
  readonly tags: readonly string[];
  readonly volumes: readonly ServerVolume[];
  readonly address: ServerAddress | null;
  /** Billable addresses that outlive the server (dynamic ones do not and are not listed). */
  readonly ipIds: readonly string[];
  readonly securityGroupId: string | null;
}

/** Where the machine's ports are reached from here; only the mock maps them to others. */
export interface ServerAddress {
  readonly host: string;
  readonly sshPort: number;
  /** Who logs in; absent: whom the configuration names. */
  readonly sshUser?: string;
  /** Where the machine is a registered host: its name. Its host key was pinned when it was registered. */
  readonly hostName?: string;
  readonly openaiPort: number;
  readonly agentPort: number;
}

export interface ServerVolume {
  readonly providerId: string;
  readonly volumeType: string;
  readonly isBoot: boolean;
  /** Null where the server listing does not tell it. */
  readonly sizeBytes: number | null;
}

export type ProviderVolumeStatus = 'creating' | 'available' | 'in_use' | 'updating' | 'deleting' | 'error' | 'unknown';

export interface ProviderVolume {
  readonly providerId: string;
  readonly name: string;
  readonly volumeType: string;
  readonly status: ProviderVolumeStatus;
  readonly sizeBytes: number;
  readonly iops: number | null;
  readonly attachedToServerId: string | null;
  readonly tags: readonly string[];
  readonly createdAtMs: number | null;
}

export interface ProviderIp {
  readonly providerId: string;
  readonly address: string;
  readonly attachedToServerId: string | null;
  readonly tags: readonly string[];
}

export interface ProviderSecurityGroup {
  readonly providerId: string;
  readonly name: string;
  readonly tags: readonly string[];
}

export interface OwnedInventory {
  readonly servers: readonly ProviderServer[];
  readonly volumes: readonly ProviderVolume[];
  readonly ips: readonly ProviderIp[];
  readonly securityGroups: readonly ProviderSecurityGroup[];
}

export interface ProviderCatalog {
  readonly types: readonly InstanceType[];
  readonly availability: readonly TypeAvailability[];
}
