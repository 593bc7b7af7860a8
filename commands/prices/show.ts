import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderPrice} from '../../src/ui/views/prices-view.ts';

export default class PricesShow extends BaseCommand<typeof PricesShow> {
  static override summary = 'Show what a model costs, class by class';
  static override examples = [
    '<%= config.bin %> prices show qwen3-8b',
    '<%= config.bin %> prices show qwen3-8b --json',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};

  async run(): Promise<void> {
    const {model} = this.args;
    const prices = await this.withClient(client => client.prices.show({model}));
    this.show(
      prices,
      screen => renderPrice(model, prices, screen),
      () => prices.map(({id}) => id).join('\n'),
    );
  }
}
