import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {priceColumnKeys, renderPrices} from '../../src/ui/views/prices-view.ts';

export default class PricesList extends BaseCommand<typeof PricesList> {
  static override summary = 'List what models cost now, and what they will cost';
  static override examples = ['<%= config.bin %> prices list', '<%= config.bin %> prices list --json'];
  static override flags = {columns: columnsFlag(priceColumnKeys)};

  async run(): Promise<void> {
    const prices = await this.withClient(client => client.prices.list());
    this.show(
      prices,
      screen => renderPrices(prices, screen, this.flags.columns),
      () => prices.map(({model}) => model).join('\n'),
    );
  }
}
