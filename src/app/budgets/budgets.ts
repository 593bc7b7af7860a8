import type {Budget, BudgetPeriod, BudgetState, BudgetSubject} from '../../core/finops/budget.ts';
import {budgetState, periodStart} from '../../core/finops/budget.ts';
import type {UsageFilter} from '../../core/finops/usage.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {EpochMs} from '../../core/time.ts';
import type {BudgetStore} from '../../ports/budgets.ts';
import type {Clock} from '../../ports/clock.ts';
import type {ApiKeyStore, AuditStore, ModelStore, OrganizationStore} from '../../ports/store.ts';
import type {UsageStore} from '../../ports/usage.ts';
import type {Actor} from '../actor.ts';
import {findKey} from '../api-keys.ts';
import {findMember} from '../find-member.ts';
import {findAnyModel} from '../find-model.ts';

export interface BudgetTools {
  readonly budgets: BudgetStore;
  readonly usage: Pick<UsageStore, 'totals'>;
  readonly keys: ApiKeyStore;
  readonly models: ModelStore;
  readonly store: {readonly organizations: Pick<OrganizationStore, 'members'>};
  readonly audit: AuditStore;
  readonly clock: Clock;
}

/** Whose budget, as people type it; none of the three is the organization's own. */
export interface BudgetQuestion {
  readonly key?: string | undefined;
  readonly user?: string | undefined;
  readonly model?: string | undefined;
  readonly period: BudgetPeriod;
}

/** A budget with what the ledger says was spent of it in its present period. */
export interface BudgetStatus {
  readonly budget: Budget;
  readonly spentNanos: number;
  readonly periodStartMs: EpochMs;
  readonly state: BudgetState;
}

export async function setBudget(
  tools: BudgetTools,
  actor: Actor,
  question: BudgetQuestion,
  amounts: Pick<Budget, 'softNanos' | 'hardNanos'>,
): Promise<BudgetStatus> {
  const subject = await subjectOf(tools, actor.scope, question);
  const budget = await tools.budgets.put(actor.scope, {...subject, ...amounts, setBy: actor.userName});
  await audit(tools, actor, 'budgets.set', budget);
  return await budgetStatus(tools, actor.scope, budget);
}

/** Null when there was none. */
export async function unsetBudget(tools: BudgetTools, actor: Actor, question: BudgetQuestion): Promise<Budget | null> {
  const budget = await tools.budgets.remove(actor.scope, await subjectOf(tools, actor.scope, question));
  if (budget !== null) await audit(tools, actor, 'budgets.unset', budget);
  return budget;
}

export async function listBudgets(tools: BudgetTools, scope: OrgScope): Promise<readonly BudgetStatus[]> {
  const statuses: BudgetStatus[] = [];
  for (const budget of await tools.budgets.list(scope)) statuses.push(await budgetStatus(tools, scope, budget));
  return statuses;
}

/** Null when there is none for exactly this subject. */
export async function findBudget(
  tools: BudgetTools,
  scope: OrgScope,
  question: BudgetQuestion,
): Promise<BudgetStatus | null> {
  const subject = await subjectOf(tools, scope, question);
  const found = (await tools.budgets.list(scope)).find(budget => isOf(budget, subject));
  return found === undefined ? null : await budgetStatus(tools, scope, found);
}

export async function budgetStatus(
  {usage, clock}: Pick<BudgetTools, 'usage' | 'clock'>,
  scope: OrgScope,
  budget: Budget,
): Promise<BudgetStatus> {
  const periodStartMs = periodStart(budget.period, clock.nowMs());
  const filter: UsageFilter = {
    fromMs: periodStartMs,
    ...(budget.keyId !== null && {keyId: budget.keyId}),
    ...(budget.userId !== null && {userId: budget.userId}),
    ...(budget.modelHfId !== null && {modelHfId: budget.modelHfId}),
  };
  const {amountNanos: spentNanos} = await usage.totals(scope, filter);
  return {budget, spentNanos, periodStartMs, state: budgetState(budget, spentNanos)};
}

async function subjectOf(
  tools: BudgetTools,
  scope: OrgScope,
  {key, user, model, period}: BudgetQuestion,
): Promise<BudgetSubject> {
  return {
    keyId: key === undefined ? null : (await findKey(tools.keys, scope, key)).id,
    userId: user === undefined ? null : (await findMember(tools.store.organizations, scope, user)).id,
    modelHfId: model === undefined ? null : (await findAnyModel(tools.models, scope, model)).hfId,
    period,
  };
}

function isOf(budget: Budget, {keyId, userId, modelHfId, period}: BudgetSubject): boolean {
  const isSameSubject = budget.keyId === keyId && budget.userId === userId && budget.modelHfId === modelHfId;
  return isSameSubject && budget.period === period;
}

async function audit(tools: BudgetTools, actor: Actor, action: string, budget: Budget): Promise<void> {
  const {id, keyId, userId, modelHfId, period, softNanos, hardNanos} = budget;
  await tools.audit.append(actor.scope, {
    actor: actor.userId,
    action,
    subject: `budgets/${id}`,
    details: {keyId, userId, modelHfId, period, softNanos, hardNanos},
    correlationId: actor.correlationId,
  });
}
