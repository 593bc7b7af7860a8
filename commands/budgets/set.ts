import {BaseCommand} from '../../src/cli/base-command.ts';
import {budgetSubject, budgetSubjectFlags} from '../../src/cli/budget-flags.ts';
import {moneyFlag} from '../../src/cli/flags.ts';
import {renderBudgetSet} from '../../src/ui/views/budgets-view.ts';

export default class BudgetsSet extends BaseCommand<typeof BudgetsSet> {
  static override summary = 'Set what may be spent in a day or a month';
  static override description =
    'Of the organization, or of a key, a user, on a model. A hard amount is never passed: "serve" refuses requests that might (429 insufficient_quota). A soft one raises an alert and refuses nothing. It takes the place of what was set for the same subject and period, and is seen by a running "serve" in less than a second.';
  static override examples = [
    '<%= config.bin %> budgets set --hard 500EUR --soft 400EUR',
    '<%= config.bin %> budgets set --key laptop --period day --hard 5EUR',
    '<%= config.bin %> budgets set --model qwen3-8b --soft 50EUR --json',
  ];
  static override flags = {
    ...budgetSubjectFlags,
    hard: moneyFlag('hard', 'what is never passed'),
    soft: moneyFlag('soft', 'from where on an alert is raised'),
  };

  async run(): Promise<void> {
    const {hard, soft} = this.flags;
    const budget = await this.withClient(client =>
      client.budgets.set({
        ...budgetSubject(this.flags),
        ...(hard !== undefined && {hardNanos: hard}),
        ...(soft !== undefined && {softNanos: soft}),
      }),
    );
    this.show(
      budget,
      screen => renderBudgetSet(budget, screen),
      () => budget.id,
    );
  }
}
