import type {ReconcileReport} from '../../app/reconcile/reconcile.ts';
import {pricePerMonth} from '../../core/money.ts';
import {claimCommand} from '../../core/reconcile/claim.ts';
import {isClaimed, isDifference, isNotable} from '../../core/reconcile/finding.ts';
import type {CarriedFinding} from '../../core/reconcile/totals.ts';
import {isoTime} from '../../core/time.ts';
import type {FindingView, ReconcileReportView} from '../contract/reconcile.ts';

export function reconcileReportView(report: ReconcileReport): ReconcileReportView {
  const {provider, dryRun, startedAtMs, durationMs, zones, findings, totals} = report;
  return {
    ...{provider, dryRun, durationMs},
    startedAt: isoTime(startedAtMs),
    zones: [...zones],
    findings: findings.filter(isNotable).map(finding => findingView(finding, provider)),
    totals: {...totals, byKind: {...totals.byKind}, differences: findings.filter(isDifference).length},
  };
}

function findingView(finding: CarriedFinding, provider: string): FindingView {
  const {kind, resourceKind, zone, providerId, name, resourceId, instanceId, instanceName, reason, outcome, error} =
    finding;
  return {
    ...{kind, resourceKind, zone, providerId, name, resourceId, instanceId, instanceName, reason, outcome, error},
    otherOrganizationId: finding.otherOrganizationId,
    claimed: isClaimed(finding),
    claimCommand: kind === 'foreign' ? claimCommand(provider, finding.otherOrganizationId) : null,
    pricePerMonthNanos: pricePerMonth(finding.pricePerHourNanos),
    leakedPerHourNanos: finding.isLeak ? finding.pricePerHourNanos : 0,
    kept: finding.isKept,
  };
}
