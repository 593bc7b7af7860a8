import {string} from '@oclif/core/args';
import {boolean, custom} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {catalogFlags} from '../../src/cli/catalog-flags.ts';
import {moneyFlag} from '../../src/cli/flags.ts';
import {InventivError} from '../../src/core/errors.ts';
import {renderCatalogEdit} from '../../src/ui/views/catalog-views.ts';

export default class CatalogSet extends BaseCommand<typeof CatalogSet> {
  static override summary = 'Say something of a GPU type in place of the provider';
  static override description =
    'A price you negotiated, memory you measured, a type that shall not be used. It holds for plans from now on, whatever the provider says in the next sync; instances keep the price they were made with. "catalog reset" takes it back.';
  static override examples = [
    '<%= config.bin %> catalog set L40S-1-48G --price 1.20EUR',
    {description: 'Never propose it', command: '<%= config.bin %> catalog set H100-1-80G --disabled'},
    '<%= config.bin %> catalog set L4-1-24G --usable-vram-gib 21.5 --no-disabled --json',
  ];
  static override args = {type: string({required: true, description: 'name of the type'})};
  static override flags = {
    ...catalogFlags,
    price: moneyFlag('price', 'what an hour costs here'),
    'usable-vram-gib': custom<number>({
      description: 'memory of one GPU that the engine can use, GiB',
      helpValue: '21.5',
      parse: async text => parseGib(text),
    })(),
    disabled: boolean({allowNo: true, description: 'never propose it, never order it'}),
  };

  async run(): Promise<void> {
    const {provider, price, disabled} = this.flags;
    const usable = this.flags['usable-vram-gib'];
    if (price === undefined && usable === undefined && disabled === undefined) {
      throw new InventivError('invalid_input', 'expected something to say of the type, got nothing', {
        hint: `inventiv catalog set ${this.args.type} --price 1.20EUR (or --usable-vram-gib, --disabled)`,
      });
    }

    const edited = await this.withClient(client =>
      client.catalog.set({
        ...{provider, type: this.args.type},
        ...(price === undefined ? {} : {pricePerHourNanos: price}),
        ...(usable === undefined ? {} : {usableVramGibPerGpu: usable}),
        ...(disabled === undefined ? {} : {disabled}),
      }),
    );
    this.show(
      edited,
      screen => renderCatalogEdit(edited, screen),
      () => edited.type,
    );
  }
}

const gibMax = 10_000;

function parseGib(text: string): number {
  const value = /^\d{1,5}(\.\d{1,3})?$/.test(text.trim()) ? Number(text) : 0;
  if (value > 0 && value <= gibMax) return value;
  throw new InventivError(
    'invalid_input',
    `--usable-vram-gib: expected GiB above zero such as 21.5, got "${text.slice(0, 40)}".`,
    {param: '--usable-vram-gib'},
  );
}
