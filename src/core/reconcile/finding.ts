import type {ResourceKind} from '../instance/resource.ts';
import type {EurNanos} from '../money.ts';

/**
 * keep: as it should be; adopt: ours and there, the store shall know; forget: the provider has nothing of it any more;
 * wait: wrong, and not (yet) ours to end; delete: wrong, and now; foreign: not ours, never touched.
 */
export const findingKinds = ['keep', 'adopt', 'forget', 'wait', 'delete', 'foreign'] as const;

export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  readonly kind: FindingKind;
  readonly resourceKind: ResourceKind;
  readonly zone: string;
  /** Null when the provider never told one. */
  readonly providerId: string | null;
  readonly name: string | null;
  /** The row it is about; null when the store has none. */
  readonly resourceId: string | null;
  readonly instanceId: string | null;
  readonly instanceName: string | null;
  /** Of this store: of its instance, or by its tag. */
  readonly organizationId: string | null;
  /** The organization of another installation that it names: foreign, unless it is claimed for this pass. */
  readonly otherOrganizationId: string | null;
  /** For people: why. */
  readonly reason: string;
  readonly pricePerHourNanos: EurNanos;
  /** Paid for with nothing in return. */
  readonly isLeak: boolean;
  /** A volume that somebody asked to keep, paid for on purpose. */
  readonly isKept: boolean;
}

/** What is told one by one; the rest is only counted. */
export function isNotable({kind, isKept}: Finding): boolean {
  return kind !== 'keep' || isKept;
}

/** Another installation's, and touched all the same, because somebody claimed it for this pass. */
export function isClaimed({kind, otherOrganizationId}: Pick<Finding, 'kind' | 'otherOrganizationId'>): boolean {
  return otherOrganizationId !== null && kind !== 'foreign';
}

/** What `--dry-run` counts as a difference between the store and the provider. */
export function isDifference({kind}: Finding): boolean {
  return kind === 'adopt' || kind === 'forget' || kind === 'wait' || kind === 'delete';
}
