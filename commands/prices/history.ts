import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {priceColumnKeys, renderPriceHistory} from '../../src/ui/views/prices-view.ts';

export default class PricesHistory extends BaseCommand<typeof PricesHistory> {
  static override summary = 'List every version of the price of a model, latest first';
  static override examples = [
    '<%= config.bin %> prices history qwen3-8b',
    '<%= config.bin %> prices history qwen3-8b --columns version,from,input,output,by,id',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};
  static override flags = {columns: columnsFlag(priceColumnKeys)};

  async run(): Promise<void> {
    const {model} = this.args;
    const prices = await this.withClient(client => client.prices.history({model}));
    this.show(
      prices,
      screen => renderPriceHistory(model, prices, screen, this.flags.columns),
      () => prices.map(({id}) => id).join('\n'),
    );
  }
}
