import {type ResourceKind, resourceKinds} from '../instance/resource.ts';
import {addEur, type EurNanos, eurNanos, pricePerMonth, ZERO_EUR} from '../money.ts';
import {type Finding, type FindingKind, findingKinds} from './finding.ts';

/** How carrying out a finding ended; null where there was nothing to carry out. */
export type FindingOutcome = 'planned' | 'done' | 'pending' | 'failed' | 'overtaken' | 'over_limit';

export interface CarriedFinding extends Finding {
  readonly outcome: FindingOutcome | null;
  readonly error: string | null;
}

export interface ReconcileTotals {
  readonly byKind: Readonly<Record<FindingKind, number>>;
  readonly done: number;
  readonly failed: number;
  /** Paid for nothing, when the pass ended. */
  readonly leakedPerHourNanos: EurNanos;
  readonly leakedPerMonthNanos: EurNanos;
  /** No longer paid for, thanks to this pass. */
  readonly savedPerMonthNanos: EurNanos;
  /** Volumes kept on purpose. */
  readonly keptPerMonthNanos: EurNanos;
}

export function totalsOf(findings: readonly CarriedFinding[]): ReconcileTotals {
  const leaked = hourly(findings.filter(isStillLeaking));
  return {
    byKind: countByKind(findings),
    done: findings.filter(({outcome}) => outcome === 'done').length,
    failed: findings.filter(({outcome}) => outcome === 'failed').length,
    leakedPerHourNanos: leaked,
    leakedPerMonthNanos: pricePerMonth(leaked),
    savedPerMonthNanos: pricePerMonth(hourly(findings.filter(isSaved))),
    keptPerMonthNanos: pricePerMonth(hourly(findings.filter(({isKept}) => isKept))),
  };
}

/** Paid for nothing when the pass ended, by what it is; every kind is there. */
export function leaksByKind(findings: readonly CarriedFinding[]): Readonly<Record<ResourceKind, EurNanos>> {
  const leaks = Object.fromEntries(resourceKinds.map(kind => [kind, ZERO_EUR])) as Record<ResourceKind, EurNanos>;
  for (const finding of findings.filter(isStillLeaking)) {
    leaks[finding.resourceKind] = addEur(leaks[finding.resourceKind], finding.pricePerHourNanos);
  }

  return leaks;
}

function isStillLeaking(finding: CarriedFinding): boolean {
  return finding.isLeak && !isSaved(finding);
}

function isSaved({kind, outcome}: CarriedFinding): boolean {
  return kind === 'delete' && outcome === 'done';
}

function countByKind(findings: readonly Finding[]): Record<FindingKind, number> {
  const counts = Object.fromEntries(findingKinds.map(kind => [kind, 0])) as Record<FindingKind, number>;
  for (const {kind} of findings) counts[kind] += 1;
  return counts;
}

function hourly(findings: readonly Finding[]): EurNanos {
  return eurNanos(findings.reduce((sum, {pricePerHourNanos}) => sum + pricePerHourNanos, 0));
}
