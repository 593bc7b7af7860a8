import {BaseCommand} from '../../src/cli/base-command.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {promptColumnKeys, renderPrompts} from '../../src/ui/views/prompts-view.ts';

export default class PromptsList extends BaseCommand<typeof PromptsList> {
  static override summary = 'List the system prompts in force';
  static override examples = ['<%= config.bin %> prompts list', '<%= config.bin %> prompts list --json'];
  static override flags = {columns: columnsFlag(promptColumnKeys)};

  async run(): Promise<void> {
    const prompts = await this.withClient(client => client.prompts.list({}));
    this.show(
      prompts,
      screen => renderPrompts(prompts, screen, this.flags.columns),
      () => prompts.map(({level, name}) => `${level} ${name}`).join('\n'),
    );
  }
}
