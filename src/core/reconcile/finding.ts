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
  readonly organizationId: string | null;
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

/** What `--dry-run` counts as a difference between the store and the provider. */
export function isDifference({kind}: Finding): boolean {
  return kind === 'adopt' || kind === 'forget' || kind === 'wait' || kind === 'delete';
}
