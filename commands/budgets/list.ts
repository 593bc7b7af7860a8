import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {budgetColumnKeys, renderBudgets} from '../../src/ui/views/budgets-view.ts';

export default class BudgetsList extends BaseCommand<typeof BudgetsList> {
  static override summary = 'List budgets and what is spent of them';
  static override examples = ['<%= config.bin %> budgets list', '<%= config.bin %> budgets list --json'];
  static override flags = {columns: columnsFlag(budgetColumnKeys)};

  async run(): Promise<void> {
    const budgets = await this.withClient(client => client.budgets.list());
    this.show(
      budgets,
      screen => renderBudgets(budgets, screen, this.flags.columns),
      () => budgets.map(({id}) => id).join('\n'),
    );
  }
}
