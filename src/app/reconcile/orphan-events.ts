import {pricePerMonth} from '../../core/money.ts';
import type {Finding} from '../../core/reconcile/finding.ts';
import type {ReconcileRequest, ReconcileTools} from './tools.ts';

/** An orphan has no row whose change would tell of it: the event is written by itself. */
export async function tellOrphan(
  tools: Pick<ReconcileTools, 'events' | 'store'>,
  {provider, call, organizationId}: ReconcileRequest,
  finding: Finding,
  what: 'found' | 'deleted',
): Promise<void> {
  const owner = finding.organizationId ?? organizationId ?? (await tools.store.organizations.list())[0]?.id;
  if (owner === undefined) return;
  await tools.events.append({
    organizationId: owner,
    topic: finding.resourceKind === 'volume' ? 'volumes' : 'instances',
    type: `orphan.${what}`,
    subjectId: finding.providerId ?? '',
    correlationId: call.correlationId,
    payload: {
      ...{provider, kind: finding.resourceKind, zone: finding.zone, name: finding.name, reason: finding.reason},
      ...(finding.otherOrganizationId === null ? {} : {claimedFrom: finding.otherOrganizationId}),
      pricePerMonthNanos: pricePerMonth(finding.pricePerHourNanos),
    },
  });
}
