import type {InstanceActivity, InstanceLimits} from '../core/finops/limits.ts';
import type {Action, ActionMetadata, ActionType} from '../core/instance/action.ts';
import type {Instance, InstanceFailure, InstanceSpec, StateChange, WorkerEndpoint} from '../core/instance/instance.ts';
import type {Resource, ResourceStatus} from '../core/instance/resource.ts';
import type {InstanceState} from '../core/instance/state.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {EpochMs} from '../core/time.ts';

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
