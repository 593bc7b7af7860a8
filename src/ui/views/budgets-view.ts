import {costText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {printableLine} from '../text.ts';

export interface BudgetShape {
  readonly id: string;
  readonly key: {readonly name: string} | null;
  readonly user: {readonly name: string} | null;
  readonly model: string | null;
  readonly period: 'day' | 'month';
  readonly softNanos: number | null;
  readonly hardNanos: number | null;
  readonly spentNanos: number;
  readonly state: 'within' | 'soft_reached' | 'exhausted';
  readonly periodStart: string;
  readonly setBy: string;
}

export const budgetColumnKeys = ['of', 'period', 'spent', 'soft', 'hard', 'state', 'by', 'id'] as const;

export function renderBudgets(budgets: readonly BudgetShape[], screen: Screen, wanted?: readonly string[]): string {
  if (budgets.length === 0) return 'No budgets. Set one:  inventiv budgets set --hard 50EUR';
  const amount = (nanos: number | null) => (nanos === null ? '–' : costText(nanos));
  const columns: Column<BudgetShape>[] = [
    {key: 'of', title: 'BUDGET OF', text: subjectText, paint: screen.style.bold, minColumns: 16, cut: 'middle'},
    {key: 'period', title: 'EACH', text: row => row.period},
    {key: 'spent', title: 'SPENT', text: row => amount(row.spentNanos), align: 'right'},
    {key: 'soft', title: 'SOFT', text: row => amount(row.softNanos), align: 'right'},
    {key: 'hard', title: 'HARD', text: row => amount(row.hardNanos), align: 'right'},
    {key: 'state', title: 'STATE', text: row => stateTexts[row.state]},
    {key: 'by', title: 'SET BY', text: row => printableLine(row.setBy), optional: true},
    {key: 'id', title: 'ID', text: row => row.id, optional: true},
  ];
  return renderTable(budgets, columns, screen, wanted);
}

export function renderBudget(budget: BudgetShape, screen: Screen): string {
  return [
    `${heading(subjectText(budget), screen)}  ${stateTexts[budget.state]}`,
    '',
    ...renderFacts(
      [
        ['each', `${budget.period}, this one since ${budget.periodStart}`],
        ['spent', costText(budget.spentNanos)],
        ['soft', budget.softNanos === null ? null : costText(budget.softNanos)],
        ['hard', budget.hardNanos === null ? null : costText(budget.hardNanos)],
        ['set by', printableLine(budget.setBy)],
        ['id', budget.id],
      ],
      screen,
    ),
  ].join('\n');
}

export function renderBudgetSet(budget: BudgetShape, screen: Screen): string {
  return `${screen.style.green(screen.symbols.done)} budget set\n\n${renderBudget(budget, screen)}`;
}

const stateTexts = {within: 'within', soft_reached: 'soft reached', exhausted: 'spent'};

function subjectText({key, user, model}: BudgetShape): string {
  const parts = [
    key === null ? null : `key ${printableLine(key.name)}`,
    user === null ? null : `user ${printableLine(user.name)}`,
    model === null ? null : `model ${model}`,
  ].filter(part => part !== null);
  return parts.length === 0 ? 'the organization' : parts.join(', ');
}
