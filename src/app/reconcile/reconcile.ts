import {decideFindings} from '../../core/reconcile/decide-findings.ts';
import {keyOf, type Sighting} from '../../core/reconcile/facts.ts';
import type {Finding} from '../../core/reconcile/finding.ts';
import {type CarriedFinding, type ReconcileTotals, totalsOf} from '../../core/reconcile/totals.ts';
import {type EpochMs, minuteMs} from '../../core/time.ts';
import {carryOut} from './carry-out.ts';
import {sightingOf} from './delete-orphan.ts';
import {type Observed, observe} from './observe.ts';
import {tellOrphan} from './orphan-events.ts';
import type {ReconcileRequest, ReconcileTools} from './tools.ts';

export interface ReconcileReport {
  readonly provider: string;
  readonly dryRun: boolean;
  readonly startedAtMs: EpochMs;
  readonly durationMs: number;
  /** Every zone that was looked at; `error` where it could not be asked. */
  readonly zones: readonly {readonly zone: string; readonly error: string | null}[];
  readonly findings: readonly CarriedFinding[];
  readonly totals: ReconcileTotals;
}

/** How long one pass waits for machines and disks to go, all deletions together. */
const settleMs = minuteMs;

/**
 * Compares the store with the provider and puts right what is wrong: rows of what is gone, leftovers of gone instances,
 * things of ours without a row. Safe to run at any time, in any process, as often as one likes; what could not be done is
 * found again by the next pass.
 */
export async function reconcile(tools: ReconcileTools, request: ReconcileRequest): Promise<ReconcileReport> {
  const startedAtMs = tools.clock.nowMs();
  const observed = await observe(tools, request);
  const isTold = ({organizationId}: Finding) =>
    request.organizationId === null || organizationId === null || organizationId === request.organizationId;
  const all = decideFindings(observed.facts);
  const findings = all.filter(isTold);
  // Not of this pass, but perhaps in the quarantine of another: what earlier passes saw of it stays.
  const untold = all.filter(finding => !isTold(finding) || isOfAnother(finding));
  const carried = request.dryRun ? planned(findings) : await act(tools, request, observed, {findings, untold});
  return {
    provider: request.provider,
    dryRun: request.dryRun,
    startedAtMs,
    durationMs: tools.clock.nowMs() - startedAtMs,
    zones: observed.facts.zones.map(zone => ({zone: zone.zone, error: zone.kind === 'unknown' ? zone.reason : null})),
    findings: carried,
    totals: totalsOf(carried),
  };
}

function planned(findings: readonly Finding[]): readonly CarriedFinding[] {
  return findings.map(finding => {
    const isWork = finding.kind === 'adopt' || finding.kind === 'forget' || finding.kind === 'delete';
    return {...finding, outcome: isWork ? 'planned' : null, error: null};
  });
}

async function act(
  tools: ReconcileTools,
  request: ReconcileRequest,
  observed: Observed,
  {findings, untold}: {findings: readonly Finding[]; untold: readonly Finding[]},
): Promise<readonly CarriedFinding[]> {
  await keepSightings(tools, request, observed, {findings, untold});
  const provider = tools.providerFor(request.provider);
  const settleUntilMs = tools.clock.nowMs() + settleMs;
  const carried = await carryOut({tools, request, provider, observed, settleUntilMs}, findings);
  const compared = carried.flatMap(({resourceId}) => (resourceId === null ? [] : [resourceId]));
  await tools.store.reconciliation.markCompared(compared, tools.clock.nowMs());
  return carried;
}

/** Writes down what has no row, so that the next pass knows it again, and strikes out what is not so any more. */
async function keepSightings(
  tools: ReconcileTools,
  request: ReconcileRequest,
  {facts, things, sightings: before, endedSightings}: Observed,
  {findings, untold}: {findings: readonly Finding[]; untold: readonly Finding[]},
): Promise<void> {
  const {reconciliation} = tools.store;
  const suspects = findings.filter(
    ({kind, resourceId}) => resourceId === null && (kind === 'wait' || kind === 'delete'),
  );
  const seen = new Map<string, Sighting>();
  const left = new Set(untold.map(keyOfFinding));
  for (const finding of suspects) {
    const key = keyOfFinding(finding);
    const thing = things.get(key);
    if (thing !== undefined) seen.set(key, sightingOf(thing, facts.nowMs, before.get(key)));
    if (!before.has(key)) await tellOrphan(tools, request, finding, 'found');
  }

  const asked = new Set(facts.zones.flatMap(zone => (zone.kind === 'listed' ? [zone.zone] : [])));
  // A condemned machine or disk may have lost every mark: only the provider's own "there is none" ends it.
  const mayHide = ({condemned, kind}: Sighting) => condemned && ['server', 'volume', 'snapshot'].includes(kind);
  const over = facts.sightings.filter(
    sighting =>
      asked.has(sighting.zone) &&
      facts.kinds.includes(sighting.kind) &&
      !seen.has(keyOf(sighting)) &&
      !left.has(keyOf(sighting)) &&
      (!mayHide(sighting) || endedSightings.has(keyOf(sighting)) || things.has(keyOf(sighting))),
  );
  await reconciliation.saveSightings(request.provider, [...seen.values()]);
  await reconciliation.dropSightings(request.provider, over);
}

/** Another installation's: a pass that does not claim it neither begins nor ends the quarantine of one that does. */
function isOfAnother({kind, otherOrganizationId}: Finding): boolean {
  return kind === 'foreign' && otherOrganizationId !== null;
}

function keyOfFinding({resourceKind, providerId}: Finding): string {
  return keyOf({kind: resourceKind, providerId: providerId ?? ''});
}
