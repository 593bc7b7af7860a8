import {string} from '@oclif/core/args';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderKey} from '../../src/ui/views/keys-view.ts';

export default class KeysShow extends BaseCommand<typeof KeysShow> {
  static override summary = 'Show one API key (never its secret)';
  static override examples = ['<%= config.bin %> keys show laptop', '<%= config.bin %> keys show laptop --json'];
  static override args = {key: string({required: true, description: 'id or name'})};

  async run(): Promise<void> {
    const key = await this.withClient(client => client.keys.show({key: this.args.key}));
    this.show(
      key,
      screen => renderKey(key, screen),
      () => key.id,
    );
  }
}
