import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {catalogFlags} from '../../src/cli/catalog-flags.ts';
import {InventivError} from '../../src/core/errors.ts';
import {plural} from '../../src/ui/text.ts';

export default class CatalogReset extends BaseCommand<typeof CatalogReset> {
  static override summary = 'Take back what "catalog set" said: the provider is believed again';
  static override examples = ['<%= config.bin %> catalog reset L40S-1-48G', '<%= config.bin %> catalog reset --all'];
  static override args = {type: string({required: false, description: 'name of the type'})};
  static override flags = {...catalogFlags, all: boolean({description: 'every type of the provider'})};

  async run(): Promise<void> {
    const {provider, all} = this.flags;
    const {type} = this.args;
    if ((type === undefined) === (all !== true)) {
      throw new InventivError('invalid_input', 'expected a type, or --all', {
        hint: 'inventiv catalog reset L40S-1-48G, or inventiv catalog reset --all',
      });
    }

    const {reset} = await this.withClient(client =>
      client.catalog.reset({provider, ...(type === undefined ? {} : {type})}),
    );
    this.show(
      {provider, reset},
      () => (reset === 0 ? 'Nothing was edited.' : `As ${provider} says again: ${plural(reset, 'type')}.`),
      () => String(reset),
    );
  }
}
