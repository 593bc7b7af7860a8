import {BaseCommand} from '../../src/cli/base-command.ts';
import {renderConfig} from '../../src/ui/views/config-view.ts';

export default class ConfigShow extends BaseCommand<typeof ConfigShow> {
  static override summary = 'Show the settings in force: file and environment over the defaults';
  static override examples = ['<%= config.bin %> config show', '<%= config.bin %> config show --json'];

  async run(): Promise<void> {
    const config = await this.settings();
    this.show(config, screen => renderConfig(config, screen));
  }
}
