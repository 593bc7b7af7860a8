import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {budgetSubject, budgetSubjectFlags} from '../../src/cli/budget-flags.ts';

export default class BudgetsUnset extends BaseCommand<typeof BudgetsUnset> {
  static override summary = 'Take a budget away: nothing limits this spending any more';
  static override examples = [
    '<%= config.bin %> budgets unset --key laptop --period day',
    '<%= config.bin %> budgets unset --yes --json',
  ];
  static override flags = {...budgetSubjectFlags, yes: boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<void> {
    if (!(await this.confirm('Take this budget away?', this.flags.yes))) return this.out.note('Nothing was changed.');
    const result = await this.withClient(client => client.budgets.unset(budgetSubject(this.flags)));
    this.show(result, () => (result.unset ? 'The budget is gone.' : 'There was no such budget.'));
  }
}
