import type {ProviderName} from '../../core/instance/instance.ts';
import {type ResourceKind, resourceKinds} from '../../core/instance/resource.ts';
import {minuteMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {CallContext, CloudProvider} from '../../ports/provider.ts';
import type {CatalogStore, EventStore, Store} from '../../ports/store.ts';

/** What reconciliation acts through. */
export interface ReconcileTools {
  readonly instances: InstanceStore;
  readonly catalog: CatalogStore;
  readonly events: EventStore;
  readonly store: Pick<Store, 'reconciliation' | 'organizations'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly providerFor: (name: ProviderName) => CloudProvider;
}

export interface ReconcileRequest {
  readonly provider: ProviderName;
  readonly kinds: readonly ResourceKind[];
  /** Absent: every zone the provider sells in, and every zone that was ever used. */
  readonly zones?: readonly string[] | undefined;
  /** Finds only; writes nothing, neither here nor there. */
  readonly dryRun: boolean;
  /** Most deletions of one pass; the rest is told, and left to the next. */
  readonly maxDeletes: number;
  readonly graceMs: number;
  /** Only rows of this organization (and things without a row) are told and acted on; null: of all. */
  readonly organizationId: string | null;
  /**
   * Organizations of other installations whose things are this one's for this pass, because their store was lost. A person
   * says so; loops never do.
   */
  readonly claimedOrganizationIds?: readonly string[] | undefined;
  readonly call: CallContext;
}

export const allKinds: readonly ResourceKind[] = resourceKinds;
export const graceMsDefault = 15 * minuteMs;
export const maxDeletesDefault = 100;
