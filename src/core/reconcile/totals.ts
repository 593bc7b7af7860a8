import {type EurNanos, eurNanos, pricePerMonth} from '../money.ts';
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
  const isSaved = (finding: CarriedFinding) => finding.kind === 'delete' && finding.outcome === 'done';
  const leaked = hourly(findings.filter(finding => finding.isLeak && !isSaved(finding)));
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

function countByKind(findings: readonly Finding[]): Record<FindingKind, number> {
  const counts = Object.fromEntries(findingKinds.map(kind => [kind, 0])) as Record<FindingKind, number>;
  for (const {kind} of findings) counts[kind] += 1;
  return counts;
}

function hourly(findings: readonly Finding[]): EurNanos {
  return eurNanos(findings.reduce((sum, {pricePerHourNanos}) => sum + pricePerHourNanos, 0));
}
