import type {EpochMs} from '../time.ts';

export const resourceKinds = ['server', 'volume', 'snapshot', 'ip', 'security_group'] as const;

/** What a provider bills, or what stands in the way. Snapshots are never made here, only found. */
export type ResourceKind = (typeof resourceKinds)[number];

/**
 * planned: written before the provider is called (the intent); creating: the call may have been made;
 * attached / detached: exists; deleting: deletion was asked; deleted: the provider answered "not found".
 */
export type ResourceStatus = 'planned' | 'creating' | 'attached' | 'detached' | 'deleting' | 'deleted';

/** Disks inside the machine (Scaleway API page of instance volumes): they end with it, and cannot outlive it. */
const localVolumeTypes: readonly string[] = ['l_ssd', 'b_ssd', 'scratch'];

export function diesWithItsServer(volumeType: string): boolean {
  return localVolumeTypes.includes(volumeType);
}

/** Something billable (or in the way) at a provider that belongs to an instance. Rows are never erased. */
export interface Resource {
  readonly id: string;
  readonly organizationId: string;
  readonly instanceId: string;
  readonly kind: ResourceKind;
  readonly provider: string;
  readonly zone: string;
  /** Null until the provider has told it; the name finds it then. */
  readonly providerId: string | null;
  /** Unique, derived from the instance id, so that a repeated create finds and adopts. */
  readonly name: string;
  readonly status: ResourceStatus;
  /** The provider's own type name: commercial type of a server, `sbs_volume`, `l_ssd`, `scratch` of a volume. */
  readonly providerType: string | null;
  readonly sizeBytes: number | null;
  readonly iops: number | null;
  readonly isBoot: boolean;
  readonly deleteOnTerminate: boolean;
  readonly address: string | null;
  readonly deleteAttempts: number;
  readonly nextAttemptAtMs: EpochMs | null;
  readonly lastError: string | null;
  readonly createdAtMs: EpochMs;
  readonly attachedAtMs: EpochMs | null;
  readonly detachedAtMs: EpochMs | null;
  readonly deletingAtMs: EpochMs | null;
  readonly deletedAtMs: EpochMs | null;
  readonly reconciledAtMs: EpochMs | null;
  readonly lastReconciliationAtMs: EpochMs | null;
}
