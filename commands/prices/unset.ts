import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';

export default class PricesUnset extends BaseCommand<typeof PricesUnset> {
  static override summary = 'Let a model cost nothing from now on; what was charged stays';
  static override examples = [
    '<%= config.bin %> prices unset qwen3-8b',
    '<%= config.bin %> prices unset qwen3-8b --yes --json',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};
  static override flags = {yes: boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<void> {
    const {model} = this.args;
    await this.withClient(async client => {
      const prices = await client.prices.show({model});
      if (prices.some(({rates}) => rates !== null)) {
        this.out.note(`Requests for ${prices[0]?.model ?? model} will cost nothing, and count in no budget.`);
        if (!(await this.confirm('Take the price away?', this.flags.yes))) return this.out.note('Nothing was changed.');
      }

      const result = await client.prices.unset({model});
      this.show(result, () => (result.unset ? `No price any more: ${model}` : `${model} has no price.`));
    });
  }
}
