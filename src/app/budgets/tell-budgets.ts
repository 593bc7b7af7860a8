import {alertSubjectOf, type NewAlert} from '../../core/alerts/alert.ts';
import {isBudgetNear} from '../../core/finops/budget.ts';
import {eurNanos, formatEur} from '../../core/money.ts';
import type {AlertStore} from '../../ports/alerts.ts';
import type {BudgetStore} from '../../ports/budgets.ts';
import type {Clock} from '../../ports/clock.ts';
import type {ApiKeyStore} from '../../ports/store.ts';
import type {UsageStore} from '../../ports/usage.ts';
import {raiseAlert, resolveAlert} from '../alerts/raise-alert.ts';
import {type BudgetStatus, budgetStatus} from './budgets.ts';

export interface BudgetAlertTools {
  readonly budgets: Pick<BudgetStore, 'listAll'>;
  readonly usage: Pick<UsageStore, 'totals'>;
  readonly keys: Pick<ApiKeyStore, 'find'>;
  readonly alerts: AlertStore;
  readonly clock: Clock;
}

const openAlertsMax = 10_000;

/** Raises an alert for each budget that is near its end, and ends those of budgets that are not any more. */
export async function tellBudgets(
  tools: BudgetAlertTools,
  signal: AbortSignal,
): Promise<{readonly checked: number; readonly near: number}> {
  const open = (await tools.alerts.listOpen(openAlertsMax)).filter(({kind}) => kind === 'budget_near');
  const isOpen = new Set(open.map(alertSubjectOf));
  const near = new Set<string>();
  const budgets = await tools.budgets.listAll();
  for (const budget of budgets) {
    if (signal.aborted) return {checked: budgets.length, near: near.size};
    const status = await budgetStatus(tools, budget, budget);
    if (!isBudgetNear(budget, status.spentNanos)) continue;
    const alert = await alertOf(tools, status);
    near.add(alertSubjectOf(alert));
    if (!isOpen.has(alertSubjectOf(alert))) await raiseAlert(tools, alert);
  }

  for (const alert of open)
    if (!near.has(alertSubjectOf(alert)))
      await resolveAlert(tools, alert, 'a new period began, or there is more of it');
  return {checked: budgets.length, near: near.size};
}

async function alertOf({keys}: BudgetAlertTools, {budget, spentNanos}: BudgetStatus): Promise<NewAlert> {
  const {id, organizationId, keyId, userId, modelHfId, period, softNanos, hardNanos} = budget;
  const key = keyId === null ? null : await keys.find({organizationId}, keyId);
  const owners = [
    keyId === null ? null : `key ${key?.name ?? keyId}`,
    userId === null ? null : `user ${userId}`,
    modelHfId === null ? null : `model ${modelHfId}`,
  ].filter(owner => owner !== null);
  const name = `${period === 'day' ? 'daily' : 'monthly'} budget of ${owners.join(', ') || 'the organization'}`;
  const bounds = [
    softNanos === null ? null : `soft ${euros(softNanos)}`,
    hardNanos === null ? null : `hard ${euros(hardNanos)}`,
  ].filter(bound => bound !== null);
  return {
    organizationId,
    kind: 'budget_near',
    subjectId: id,
    subjectName: name,
    message: `The ${name} is nearly spent: ${euros(spentNanos)} of ${bounds.join(', ')}.`,
    hint: 'Who spent it: inventiv usage report --by key. More of it: inventiv budgets set',
    details: {period, spentNanos, softNanos, hardNanos},
  };
}

function euros(nanos: number): string {
  return formatEur(eurNanos(nanos));
}
