import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {keyColumnKeys, renderKeys} from '../../src/ui/views/keys-view.ts';

export default class KeysList extends BaseCommand<typeof KeysList> {
  static override summary = 'List API keys';
  static override examples = [
    '<%= config.bin %> keys list',
    '<%= config.bin %> keys list --all --columns name,state,id',
  ];
  static override flags = {
    all: boolean({char: 'a', description: 'revoked ones too'}),
    columns: columnsFlag(keyColumnKeys),
  };

  async run(): Promise<void> {
    const keys = await this.withClient(client => client.keys.list({includeRevoked: this.flags.all}));
    this.show(
      keys,
      screen => renderKeys(keys, screen, this.flags.columns),
      () => keys.map(key => key.name).join('\n'),
    );
  }
}
