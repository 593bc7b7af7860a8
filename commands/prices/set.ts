import {string} from '@oclif/core/args';
import {custom} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {parseStart} from '../../src/cli/flags.ts';
import {priceFlags} from '../../src/cli/price-flags.ts';
import {InventivError} from '../../src/core/errors.ts';
import {renderPriceSet} from '../../src/ui/views/prices-view.ts';

export default class PricesSet extends BaseCommand<typeof PricesSet> {
  static override summary = 'Set what a model costs, from now on or from a moment to come';
  static override description =
    'A price is a new version and never changes an older one: a request is charged by the version that was in force when it came. What is not named stays as it is. A version that was to begin later is forgotten when another one begins before it.';
  static override examples = [
    '<%= config.bin %> prices set qwen3-8b --input 0.40EUR/1M --output 1.60EUR/1M',
    '<%= config.bin %> prices set qwen3-8b --cached-input 0.10EUR/1M --from 2027-01-01T00:00:00Z',
    {
      description: 'Cached tokens cost what others cost again',
      command: '<%= config.bin %> prices set qwen3-8b --cached-input same',
    },
    '<%= config.bin %> prices set whisper --audio 0.36EUR/h --request 0.001EUR --json',
  ];
  static override args = {model: string({required: true, description: 'id or Hugging Face id'})};
  static override flags = {
    ...priceFlags,
    from: custom<number>({
      description: 'when it begins (default: now)',
      helpValue: '2027-01-01T00:00:00Z',
      parse: async text => parseStart(text, '--from'),
    })(),
  };

  async run(): Promise<void> {
    const {input, output, reasoning, audio, request, from} = this.flags;
    const rates = {
      ...(input !== undefined && {inputPerMillionNanos: input}),
      ...(this.flags['cached-input'] !== undefined && {cachedInputPerMillionNanos: this.flags['cached-input']}),
      ...(output !== undefined && {outputPerMillionNanos: output}),
      ...(reasoning !== undefined && {reasoningPerMillionNanos: reasoning}),
      ...(audio !== undefined && {audioPerHourNanos: audio}),
      ...(request !== undefined && {perRequestNanos: request}),
    };
    if (Object.keys(rates).length === 0) {
      throw new InventivError('invalid_input', 'expected a price, got none', {
        hint: `inventiv prices set ${this.args.model} --input 0.40EUR/1M --output 1.60EUR/1M`,
      });
    }

    const price = await this.withClient(client =>
      client.prices.set({model: this.args.model, rates, ...(from !== undefined && {validFromMs: from})}),
    );
    this.show(
      price,
      screen => renderPriceSet(price, screen),
      () => price.id,
    );
  }
}
