import {type AlertKind, alertSubjectOf, type NewAlert} from '../../core/alerts/alert.ts';
import {eurNanos, formatEur, pricePerMonth} from '../../core/money.ts';
import type {CarriedFinding} from '../../core/reconcile/totals.ts';
import type {AlertStore} from '../../ports/alerts.ts';
import type {OrganizationStore} from '../../ports/store.ts';
import type {ReconcileReport} from '../reconcile/reconcile.ts';
import {raiseAlert, resolveAlert} from './raise-alert.ts';

export interface FindingTools {
  readonly alerts: AlertStore;
  readonly organizations: Pick<OrganizationStore, 'list'>;
}

const openAlertsMax = 10_000;

/**
 * What a pass of reconciliation left paid for and unused, as alerts; what an earlier pass told and this one does not find
 * any more is resolved, unless a zone could not be asked.
 */
export async function tellFindings(tools: FindingTools, {provider, zones, findings}: ReconcileReport): Promise<void> {
  const left = findings.filter(isLeft);
  const fallbackOwner = left.length === 0 ? undefined : (await tools.organizations.list())[0]?.id;
  const told = new Set<string>();
  for (const finding of left) {
    const organizationId = finding.organizationId ?? fallbackOwner;
    if (organizationId === undefined) continue;
    const alert = alertOf(finding, provider, organizationId);
    told.add(alertSubjectOf(alert));
    await raiseAlert(tools, alert);
  }

  if (zones.some(({error}) => error !== null)) return;
  for (const alert of await tools.alerts.listOpen(openAlertsMax)) {
    const isOurs = (alert.kind === 'orphan' || alert.kind === 'leak') && alert.details.provider === provider;
    if (isOurs && !told.has(alertSubjectOf(alert))) await resolveAlert(tools, alert, 'it is not there any more');
  }
}

/** Ours, there, and costing without use; `done` is over already. */
function isLeft({kind, isLeak, outcome, providerId}: CarriedFinding): boolean {
  return isLeak && providerId !== null && outcome !== 'done' && (kind === 'wait' || kind === 'delete');
}

/** Without a row it is an orphan in its quarantine; with one, something that should be gone and is not. */
function alertOf(finding: CarriedFinding, provider: string, organizationId: string): NewAlert {
  const {resourceKind, providerId, name, zone, reason, instanceName, error} = finding;
  const kind: AlertKind = finding.resourceId === null ? 'orphan' : 'leak';
  const what = `${resourceKind.replace('_', ' ')} ${name ?? providerId}`;
  const perMonth = formatEur(eurNanos(pricePerMonth(finding.pricePerHourNanos)), {min: 2, max: 2});
  return {
    organizationId,
    kind,
    subjectId: providerId ?? '',
    subjectName: name ?? providerId ?? '',
    message: `${what} at ${provider} (${zone}) costs ${perMonth} a month for nothing: ${reason}${error === null ? '' : ` (${error})`}`,
    hint: 'Look at it with "inventiv reconcile all --dry-run"; serve deletes what is ours after its quarantine.',
    details: {provider, zone, resourceKind, providerId, instanceName},
  };
}
