import {BaseCommand} from '../../src/cli/base-command.ts';
import {budgetSubject, budgetSubjectFlags} from '../../src/cli/budget-flags.ts';
import {renderBudget} from '../../src/ui/views/budgets-view.ts';

export default class BudgetsShow extends BaseCommand<typeof BudgetsShow> {
  static override summary = 'Show one budget and what is spent of it';
  static override examples = [
    '<%= config.bin %> budgets show',
    '<%= config.bin %> budgets show --key laptop --period day --json',
  ];
  static override flags = budgetSubjectFlags;

  async run(): Promise<void> {
    const budget = await this.withClient(client => client.budgets.show(budgetSubject(this.flags)));
    this.show(
      budget,
      screen => renderBudget(budget, screen),
      () => budget.id,
    );
  }
}
