import {deliverAlerts} from '../../app/alerts/deliver-alerts.ts';
import {tellFindings} from '../../app/alerts/tell-findings.ts';
import {type BudgetAlertTools, tellBudgets} from '../../app/budgets/tell-budgets.ts';
import {createHealthCheck} from '../../app/health/check-health.ts';
import type {HealthTools} from '../../app/health/tools.ts';
import {enforceLimits, type LimitTools} from '../../app/limits/enforce-limits.ts';
import type {DrivePool} from '../../app/loops/drive-pool.ts';
import {type WatchdogTools, watchProviders} from '../../app/loops/watch-providers.ts';
import {watchUsage} from '../../app/loops/watch-usage.ts';
import type {ReconcileReport} from '../../app/reconcile/reconcile.ts';
import {reconcileUsed} from '../../app/reconcile/reconcile-used.ts';
import type {InstanceState} from '../../core/instance/state.ts';
import {leaksByKind, type ReconcileTotals} from '../../core/reconcile/totals.ts';
import {minuteMs, secondMs} from '../../core/time.ts';
import type {AlertStore, Webhook} from '../../ports/alerts.ts';
import type {LoopTask} from './driver.ts';

const startingStates: readonly InstanceState[] = ['provisioning', 'booting', 'installing', 'starting', 'draining'];
const endingStates: readonly InstanceState[] = ['terminating', 'provisioning_failed', 'startup_failed'];

/** What `serve` keeps doing by itself. A new loop is one use case in src/app/loops and one entry here. */
export function serveLoops(
  tools: HealthTools &
    WatchdogTools &
    LimitTools &
    Parameters<typeof reconcileUsed>[0] &
    AlertTools &
    BudgetAlertTools &
    Parameters<typeof watchUsage>[0],
  pool: DrivePool,
): readonly LoopTask[] {
  const pickUp = async (states: readonly InstanceState[]) => {
    const {started, waiting} = await pool.pickUp(states);
    return {processed: started, failed: waiting};
  };
  return [
    {name: 'requeue', intervalMs: secondMs, timeoutMs: 10 * secondMs, run: () => pickUp(startingStates)},
    {name: 'terminator', intervalMs: secondMs, timeoutMs: 10 * secondMs, run: () => pickUp(endingStates)},
    {
      name: 'health-check',
      intervalMs: 5 * secondMs,
      timeoutMs: minuteMs,
      run: createHealthCheck(tools),
    },
    {
      name: 'watchdog',
      intervalMs: minuteMs,
      timeoutMs: 5 * minuteMs,
      run: async signal => {
        const {checked, unknown} = await watchProviders(tools, signal);
        return {processed: checked, failed: unknown};
      },
    },
    {
      name: 'limits',
      intervalMs: 10 * secondMs,
      timeoutMs: minuteMs,
      run: async signal => {
        const {ended, warned, failed} = await enforceLimits(tools, signal);
        return {processed: ended.length + warned, failed};
      },
    },
    {
      name: 'volume-reconciliation',
      intervalMs: 10 * minuteMs,
      timeoutMs: 9 * minuteMs,
      run: async signal => {
        const {reports, unreachable} = await reconcileUsed(tools, signal);
        const telling = {alerts: tools.alerts, organizations: tools.store.organizations};
        for (const report of reports) await tellFindings(telling, report);
        const sum = (of: (totals: ReconcileTotals) => number) =>
          reports.reduce((total, {totals}) => total + of(totals), 0);
        return {
          processed: sum(({done}) => done),
          failed: sum(({failed}) => failed) + unreachable,
          leaks: reports
            .filter(isWhole)
            .map(({provider, findings}) => ({provider, perHourNanos: leaksByKind(findings)})),
        };
      },
    },
    {
      name: 'budgets',
      intervalMs: 15 * secondMs,
      timeoutMs: minuteMs,
      run: async signal => {
        const {checked} = await tellBudgets(tools, signal);
        return {processed: checked, failed: 0};
      },
    },
    {
      name: 'usage-drift',
      intervalMs: minuteMs,
      timeoutMs: minuteMs,
      run: async signal => {
        const found = await watchUsage(tools, signal);
        const compared = found.flatMap(({instanceId, verdict, difference}) =>
          difference === null || verdict === 'busy' ? [] : [{instanceId, ...difference}],
        );
        return {processed: compared.length, failed: found.length - compared.length, drifts: compared};
      },
    },
    ...alertDelivery(tools),
  ];
}

/** Where a zone could not be asked there may be a leak that was told before: the last known figure stays. */
function isWhole({zones}: ReconcileReport): boolean {
  return zones.every(({error}) => error === null);
}

export interface AlertTools extends Pick<HealthTools, 'clock'> {
  readonly alerts: AlertStore;
  /** Null: alerts are sent nowhere. */
  readonly webhook: Webhook | null;
}

function alertDelivery({alerts, webhook, clock}: AlertTools): readonly LoopTask[] {
  if (webhook === null) return [];
  return [
    {
      name: 'alert-delivery',
      intervalMs: 2 * secondMs,
      timeoutMs: 10 * minuteMs,
      run: async signal => {
        const {delivered, failed} = await deliverAlerts({alerts, webhook, clock}, signal);
        return {processed: delivered + failed, failed};
      },
    },
  ];
}
